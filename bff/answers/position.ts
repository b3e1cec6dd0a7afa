import type { Timestamp } from '@bufbuild/protobuf/wkt';
import { TicketStatus, type Ticket } from '@boxoffice/proto/queue';
import type { WaitEstimate } from '@boxoffice/queue/position-board';
import { jsonInteger, type JsonInteger } from '../request/json.ts';
import { moment, seconds } from './time.ts';

/** The shortest and the longest wait to be expected, in whole seconds. */
export type WaitRange = NonNullable<WaitEstimate['range']>;

/** How a ticket stands, as REST shows it. */
export interface PositionAnswer {
  readonly number: JsonInteger;
  readonly status: keyof typeof TicketStatus;
  /** How many people ahead still wait; 0 when the ticket does not wait itself, null in the lobby: nobody is ahead of anybody. */
  readonly ahead: JsonInteger | null;
  /** Null when nothing can be said. */
  readonly estimatedWaitSeconds: number | null;
  /** Four of five waits are in it. Null when nothing can be said, and when the ticket does not wait. */
  readonly estimatedWaitRange: WaitRange | null;
  /** Until when an admitted ticket may be used. */
  readonly admittedUntil?: string | undefined;
  /** The queue has not opened: the order of its lobby is drawn by lot then. */
  readonly lobby?: true;
  /** When it opens, while the ticket is in its lobby. */
  readonly opensAt?: string | undefined;
  /** The queue is paused while the ticket waits: nobody is admitted until it is resumed. */
  readonly paused?: true | undefined;
}

/** The position of a ticket in a lobby, as a board has it. */
export function lobbyAnswer(number: bigint, opensAt: Timestamp | undefined, paused: boolean): PositionAnswer {
  return {
    number: jsonInteger(number),
    status: 'WAITING',
    ahead: null,
    estimatedWaitSeconds: null,
    estimatedWaitRange: null,
    lobby: true,
    opensAt: moment(opensAt),
    paused: paused || undefined,
  };
}

/** The position of a ticket that waits, as a board has it. */
export function waitingAnswer(
  number: bigint,
  ahead: number,
  estimate: WaitEstimate | undefined,
  paused: boolean,
): PositionAnswer {
  return {
    number: jsonInteger(number),
    status: 'WAITING',
    ahead,
    estimatedWaitSeconds: estimate?.seconds ?? null,
    estimatedWaitRange: estimate?.range ?? null,
    paused: paused || undefined,
  };
}

/** The position of a ticket, as the Queue has it. */
export function positionAnswer(ticket: Ticket): PositionAnswer {
  if (ticket.inLobby) {
    return lobbyAnswer(ticket.number, ticket.opensAt, ticket.paused);
  }
  const { number, status, ahead, estimatedWait, admittedUntil } = ticket;
  const admitted = status === TicketStatus.ADMITTED;
  return {
    number: jsonInteger(number),
    status: TicketStatus[status] as keyof typeof TicketStatus,
    ahead: jsonInteger(ahead),
    estimatedWaitSeconds: admitted ? 0 : (seconds(estimatedWait) ?? null),
    estimatedWaitRange: rangeOf(ticket),
    admittedUntil: admitted ? moment(admittedUntil) : undefined,
    paused: ticket.paused || undefined,
  };
}

function rangeOf({ estimatedWaitMin, estimatedWaitMax }: Ticket): WaitRange | null {
  const [minSeconds, maxSeconds] = [seconds(estimatedWaitMin), seconds(estimatedWaitMax)];
  return minSeconds === undefined || maxSeconds === undefined ? null : { minSeconds, maxSeconds };
}

/** Whether nothing can happen to the ticket any more. */
export function isFinal({ status }: Pick<PositionAnswer, 'status'>): boolean {
  return status !== 'WAITING' && status !== 'ADMITTED';
}
