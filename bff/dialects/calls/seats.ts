import { create } from '@bufbuild/protobuf';
import { HoldSeatsRequestSchema, SeatStatus, type Reservation, type Seat } from '@boxoffice/proto/inventory';
import { refuse } from '@boxoffice/runtime/error';
import { validateRequest } from '@boxoffice/runtime/validation';
import { reading, writing } from '../../request/context.ts';
import { requestIdOf } from '../../request/idempotency.ts';
import { ofSchedule, type QueueToken } from '../../caller/queue-token.ts';
import { present } from '../../answers/send.ts';
import type { Call } from '../dialect.ts';

interface SeatsWanted {
  readonly token: QueueToken;
  readonly scheduleId: bigint;
}

/**
 * All seats of a date.
 *
 * @throws ServiceError TOKEN_OF_ANOTHER_SCHEDULE; ConnectError what `InventoryService.ListSeats` refuses for.
 */
export async function seats({ ctx, deps }: Call, { token, scheduleId }: SeatsWanted): Promise<readonly Seat[]> {
  return (await deps.seatLists.of(ofSchedule(token, scheduleId), reading(ctx))).seats;
}

/** The same, of a date of this concert. @throws ServiceError SCHEDULE_UNKNOWN also for a date of another one. */
export async function seatsOfConcert(
  call: Call,
  { concertId, ...wanted }: SeatsWanted & { readonly concertId: bigint },
): Promise<readonly Seat[]> {
  const [found, schedule] = await Promise.all([seats(call, wanted), call.deps.schedules.of(wanted.scheduleId)]);
  if (schedule.concertId !== concertId) {
    throw refuse('SCHEDULE_UNKNOWN', `concert ${concertId} has no date ${wanted.scheduleId}`);
  }
  return found;
}

/** The same, of those that are open. */
export async function openSeats(call: Call, wanted: SeatsWanted): Promise<Seat[]> {
  return (await seats(call, wanted)).filter(({ status }) => status === SeatStatus.OPEN);
}

/** What is to be held. */
export interface SeatWanted {
  readonly token: QueueToken;
  readonly seatId: bigint;
  /** When it is not just that of the token. */
  readonly scheduleId?: bigint;
  /** When it is not just the token's. */
  readonly memberId?: string;
}

/**
 * Holds a seat.
 *
 * @throws ServiceError TOKEN_OF_ANOTHER_SCHEDULE; TOKEN_INVALID when the token is another member's than who is named;
 * ConnectError what `InventoryService.HoldSeats` refuses for.
 */
export async function hold(
  { ctx, deps }: Call,
  { token, seatId, scheduleId = token.claims.scheduleId, memberId = token.claims.memberId }: SeatWanted,
): Promise<Reservation> {
  if (memberId !== token.claims.memberId) {
    throw refuse('TOKEN_INVALID', 'the queue token belongs to somebody else');
  }
  const { text } = ofSchedule(token, scheduleId);
  const request = create(HoldSeatsRequestSchema, {
    requestId: requestIdOf(ctx),
    token: text,
    scheduleId,
    seatIds: [seatId],
  });
  validateRequest(HoldSeatsRequestSchema, request);
  return present((await deps.inventory.holdSeats(request, writing(ctx))).reservation);
}
