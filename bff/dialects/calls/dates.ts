import { create } from '@bufbuild/protobuf';
import { ListSchedulesRequestSchema, type Schedule } from '@boxoffice/proto/inventory';
import { reading } from '../../request/context.ts';
import type { QueueToken } from '../../caller/queue-token.ts';
import type { Call } from '../dialect.ts';
import { itemsOf, listOf } from '../pages.ts';

const pageSize = 100;
// The next two thousand dates of a concert.
const pagesMax = 20;

/**
 * The dates of a concert that can be booked now, by day.
 *
 * @throws ConnectError CONCERT_UNKNOWN.
 */
export function datesOf({ ctx, deps }: Call, { concertId }: { readonly concertId: bigint }): Promise<Schedule[]> {
  const options = reading(ctx);
  const dates = itemsOf(async (pageToken) => {
    const request = create(ListSchedulesRequestSchema, { concertId, pageSize, pageToken });
    const { schedules: items, nextPageToken } = await deps.inventory.listSchedules(request, options);
    return { items, nextPageToken };
  }, pagesMax);
  return listOf(dates);
}

/**
 * The same, for who is admitted to any date.
 *
 * @throws ConnectError also what `QueueService.Verify` refuses for.
 */
export async function datesForAdmitted(
  call: Call,
  { token, concertId }: { readonly token: QueueToken; readonly concertId: bigint },
): Promise<Schedule[]> {
  await admit(call, token);
  return datesOf(call, { concertId });
}

/** The same, of the concert whose date the token is for. */
export async function datesOfToken(call: Call, { token }: { readonly token: QueueToken }): Promise<Schedule[]> {
  await admit(call, token);
  const { concertId } = await call.deps.schedules.of(token.claims.scheduleId);
  return datesOf(call, { concertId });
}

async function admit({ ctx, deps }: Call, { text: token, claims: { scheduleId } }: QueueToken): Promise<void> {
  await deps.queue.verify({ token, scheduleId }, reading(ctx));
}
