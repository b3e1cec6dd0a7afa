import { TicketStatus, type Ticket } from '@boxoffice/proto/queue';
import { jsonInteger, type JsonInteger } from '../json.ts';
import { moment, seconds } from './time.ts';

/** How a ticket stands, as REST shows it. */
export interface PositionAnswer {
  readonly number: JsonInteger;
  readonly status: keyof typeof TicketStatus;
  /** How many people ahead still wait; 0 when the ticket does not wait itself. */
  readonly ahead: JsonInteger;
  /** Null when nothing can be said. */
  readonly estimatedWaitSeconds: number | null;
  /** Until when an admitted ticket may be used. */
  readonly admittedUntil?: string | undefined;
}

/** The position of a ticket that waits, as a board has it. */
export function waitingAnswer(number: bigint, ahead: number, estimate: number | undefined): PositionAnswer {
  return {
    number: jsonInteger(number),
    status: 'WAITING',
    ahead,
    estimatedWaitSeconds: estimate === undefined ? null : Math.ceil(estimate),
  };
}

/** The position of a ticket, as the Queue has it. */
export function positionAnswer(ticket: Ticket): PositionAnswer {
  const { number, status, ahead, estimatedWait, admittedUntil } = ticket;
  const admitted = status === TicketStatus.ADMITTED;
  return {
    number: jsonInteger(number),
    status: TicketStatus[status] as keyof typeof TicketStatus,
    ahead: jsonInteger(ahead),
    estimatedWaitSeconds: admitted ? 0 : (seconds(estimatedWait) ?? null),
    admittedUntil: admitted ? moment(admittedUntil) : undefined,
  };
}

/** Whether nothing can happen to the ticket any more. */
export function isFinal({ status }: Pick<PositionAnswer, 'status'>): boolean {
  return status !== 'WAITING' && status !== 'ADMITTED';
}
