import { refuse } from '@boxoffice/runtime/error';
import { isFinal, type PositionAnswer } from '../../answers/position.ts';
import { moment } from '../../answers/time.ts';
import { clientAddressOf } from '../../http/client-address.ts';
import { reading } from '../../request/context.ts';
import { idempotencyKeyOf } from '../../request/idempotency.ts';
import { joinQueue } from '../../joining/join-queue.ts';
import type { QueueToken } from '../../caller/queue-token.ts';
import type { Call } from '../dialect.ts';

/** A ticket and how it stands. */
export interface Ticket {
  readonly token: string;
  readonly position: PositionAnswer;
}

interface Joiner {
  readonly memberId: string;
  readonly scheduleId: bigint;
}

/**
 * Gives a member a ticket, or the one the member has.
 *
 * @throws WebError TOO_MANY_REQUESTS; ServiceError what `QueueService.Join` refuses for.
 */
export async function join({ ctx, deps }: Call, { memberId, scheduleId }: Joiner): Promise<Ticket> {
  idempotencyKeyOf(ctx);
  const clientAddress = clientAddressOf(ctx.req, deps.trustedProxies);
  const { body } = await joinQueue(deps, { scheduleId, memberId, clientAddress }, () => reading(ctx));
  const { token, ...position } = body;
  return { token, position };
}

interface JoinerOfOne extends Omit<Joiner, 'scheduleId'> {
  readonly scheduleId: bigint | undefined;
}

/**
 * Like {@link join}, to the one queue that takes joins when none is named.
 *
 * @param field what names the schedule.
 * @throws ServiceError REQUEST_INVALID also when none is named and not just one queue is open.
 */
export const joinOnly =
  (field: string) =>
  async (call: Call, { memberId, scheduleId }: JoinerOfOne): Promise<Ticket & { readonly scheduleId: bigint }> => {
    const named = scheduleId ?? (await call.deps.onlyQueue.scheduleId(field));
    return { ...(await join(call, { memberId, scheduleId: named })), scheduleId: named };
  };

/** Like {@link joinOnly}, and tells until when the ticket is good for anything: its admission, or the end of booking. */
export const joinOnlyUntil = (field: string) => {
  const joinTo = joinOnly(field);
  return async (call: Call, joiner: JoinerOfOne): Promise<Ticket & { readonly until: string }> => {
    const ticket = await joinTo(call, joiner);
    const until =
      ticket.position.admittedUntil ?? moment((await call.deps.schedules.of(ticket.scheduleId)).bookingClosesAt) ?? '';
    return { ...ticket, until };
  };
};

/** How a ticket stands. Whoever asks is present. */
export async function standing(
  { ctx, deps }: Call,
  { token }: { readonly token: QueueToken },
): Promise<PositionAnswer> {
  return (await deps.positions.of(token, () => reading(ctx))).answer;
}

/** Like {@link standing}, of a ticket that waits or is admitted. @throws ServiceError TICKET_OVER. */
export async function liveStanding(call: Call, input: { readonly token: QueueToken }): Promise<PositionAnswer> {
  const position = await standing(call, input);
  if (isFinal(position)) {
    throw refuse('TICKET_OVER', 'the ticket is over', { metadata: { status: position.status } });
  }
  return position;
}
