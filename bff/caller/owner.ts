import { refuse } from '@boxoffice/runtime/error';
import type { Reason } from '@boxoffice/proto/reasons';
import type { Context } from '../request/context.ts';
import { memberInQuery } from '../request/parameters.ts';
import type { QueueTokens } from './queue-token.ts';

/**
 * Whose reservation or payment the path has to name, for the services to check: the member who calls, else the member
 * of the queue token, else the one in `?memberId=`. Empty, for anybody's, when none of them is given, which only an
 * open system allows.
 *
 * @param unknown what is said when they contradict each other: somebody else's looks unknown.
 */
export function ownerOf(ctx: Context, tokens: QueueTokens, unknown: Reason): string {
  const members = [ctx.state.member, tokens.optional(ctx)?.claims.memberId, memberInQuery(ctx)];
  const [owner = '', ...others] = members.filter((member) => member !== undefined);
  if (others.some((other) => other !== owner)) {
    throw refuse(unknown, 'there is none of that id');
  }
  return owner;
}
