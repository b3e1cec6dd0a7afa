import type { TicketClaims, TicketVerifier } from '@boxoffice/proto/ticket-token';
import { refuse } from '@boxoffice/runtime/error';
import { housePartner } from '@boxoffice/runtime/identity';
import type { Context } from '../request/context.ts';
import { queryText } from '../request/parameters.ts';

/** A queue token whose signature holds. */
export interface QueueToken {
  readonly text: string;
  readonly claims: TicketClaims;
}

/** Reads queue tokens from requests and checks them offline. */
export class QueueTokens {
  readonly #verify: TicketVerifier;

  constructor(verify: TicketVerifier) {
    this.#verify = verify;
  }

  /**
   * The token in the header `Queue-Token`, undefined when there is none.
   *
   * @throws ServiceError TOKEN_INVALID when it is not one of ours, not of the web shop, or not of the member who calls.
   */
  optional(ctx: Context): QueueToken | undefined {
    const header = ctx.req.headers['queue-token'];
    return header === undefined ? undefined : this.given(String(header), ctx.state.member);
  }

  /**
   * The token of a call that needs one, for a schedule.
   *
   * @throws ServiceError TOKEN_INVALID also when there is none; TOKEN_OF_ANOTHER_SCHEDULE.
   */
  forSchedule(ctx: Context, scheduleId: bigint): QueueToken {
    return ofSchedule(this.required(ctx), scheduleId);
  }

  /** Like {@link forSchedule}, and also from `?token=`: the browser's EventSource cannot send headers. */
  forStream(ctx: Context, scheduleId: bigint): QueueToken {
    const token = this.optional(ctx);
    if (token !== undefined) {
      return ofSchedule(token, scheduleId);
    }
    const text = queryText(ctx, 'token');
    return ofSchedule(text === undefined ? missing() : this.given(text, ctx.state.member), scheduleId);
  }

  /** The token of a ticket that the Queue has just given out: its signature need not be checked. */
  issued(text: string, claims: TicketClaims): QueueToken {
    this.#verify.remember(text, claims);
    return { text, claims };
  }

  /**
   * The token of a call that needs one.
   *
   * @throws ServiceError TOKEN_INVALID also when there is none.
   */
  required(ctx: Context): QueueToken {
    return this.optional(ctx) ?? missing();
  }

  /**
   * A token that came with a call, by whatever way.
   *
   * @param member who calls, where that is known.
   * @throws ServiceError TOKEN_INVALID when it is not one of ours, not of the web shop, or not of the member who calls.
   */
  given(text: string, member: string | undefined): QueueToken {
    const claims = this.#verify(text);
    if (claims.partner !== housePartner || (member !== undefined && member !== claims.memberId)) {
      throw refuse('TOKEN_INVALID', 'the queue token belongs to somebody else');
    }
    return { text, claims };
  }
}

/**
 * A token that has to be for a schedule.
 *
 * @throws ServiceError TOKEN_OF_ANOTHER_SCHEDULE.
 */
export function ofSchedule(token: QueueToken, scheduleId: bigint): QueueToken {
  if (token.claims.scheduleId !== scheduleId) {
    throw refuse('TOKEN_OF_ANOTHER_SCHEDULE', 'the queue token is for another date');
  }
  return token;
}

function missing(): never {
  throw refuse('TOKEN_INVALID', 'this call needs a queue token: Queue-Token: …');
}
