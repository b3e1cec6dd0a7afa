import { create } from '@bufbuild/protobuf';
import { durationFromMs, timestampFromDate } from '@bufbuild/protobuf/wkt';
import { Code, ConnectError, type CallOptions } from '@connectrpc/connect';
import { TicketSchema, TicketStatus, type Ticket } from '@boxoffice/proto/queue';
import type { PositionAnswer } from '../answers/position.ts';
import type { Deps } from '../deps.ts';
import type { QueueToken } from '../caller/queue-token.ts';

/** The ticket that waits, as a board has it. */
export function waitingTicket({ claims }: QueueToken, answer: PositionAnswer, place: number | undefined): Ticket {
  const { scheduleId, number, ticketId, memberId, issuedAt } = claims;
  const { estimatedWaitSeconds: wait, estimatedWaitRange: range, opensAt } = answer;
  return create(TicketSchema, {
    ...{ scheduleId, number, ticketId, memberId },
    status: TicketStatus.WAITING,
    ahead: BigInt(Number(answer.ahead ?? 0)),
    joinedAt: timestampFromDate(issuedAt),
    inLobby: answer.lobby === true,
    paused: (answer as { paused?: true }).paused === true,
    ...(place !== undefined && { place: BigInt(place) }),
    ...(opensAt !== undefined && { opensAt: timestampFromDate(new Date(opensAt)) }),
    ...(wait !== null && { estimatedWait: durationFromMs(wait * 1_000) }),
    ...(range !== null && {
      estimatedWaitMin: durationFromMs(range.minSeconds * 1_000),
      estimatedWaitMax: durationFromMs(range.maxSeconds * 1_000),
    }),
  });
}

/** Tells tickets as the contract has them: who waits from the board, without a call; all others from the Queue. */
export class Tickets {
  readonly #deps: Pick<Deps, 'queue' | 'positions'>;

  constructor(deps: Pick<Deps, 'queue' | 'positions'>) {
    this.#deps = deps;
  }

  /**
   * The ticket now. Whoever asks is present.
   *
   * @throws ConnectError when neither a board nor the Queue can tell.
   */
  of(token: QueueToken, options: CallOptions): Ticket | Promise<Ticket> {
    const answer = this.#deps.positions.peek(token);
    return answer === undefined ? this.#ask(token, options) : this.as(token, answer, options);
  }

  /** The ticket that an answer tells of. */
  as(token: QueueToken, answer: PositionAnswer, options: CallOptions): Ticket | Promise<Ticket> {
    const { number, scheduleId } = token.claims;
    return answer.status === 'WAITING'
      ? waitingTicket(token, answer, this.#deps.positions.boardNow(scheduleId)?.place(number))
      : this.#ask(token, options);
  }

  async #ask({ text }: QueueToken, options: CallOptions): Promise<Ticket> {
    const { ticket } = await this.#deps.queue.getTicket({ token: text }, options);
    if (ticket === undefined) {
      throw new ConnectError('the Queue answered without a ticket', Code.Internal);
    }
    return ticket;
  }
}
