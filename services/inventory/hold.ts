import { refuse, type ServiceError } from '@boxoffice/runtime/error';
import type { Pool } from '@boxoffice/runtime/database/pool';
import type { PoolClient } from '@boxoffice/runtime/database/transaction';

import { chooseBest, completeRows, type Choice, type OpenSeat } from './best-available.ts';
import type { ReservationSeatRow } from './reservation.ts';
import { seatsMax } from './seat-layout.ts';
import { awaitChoosers } from './sql/await-choosers.ts';
import { awaitSeat } from './sql/await-seat.ts';
import { holdSeats, type AskedSeatRow } from './sql/hold-seats.ts';
import { listHoldableSeats } from './sql/list-holdable-seats.ts';
import { readBookable, type Bookable } from './sql/read-bookable.ts';
import type { Turns } from './turns.ts';

/** For whom seats are to be held, and which, or how many of the best. */
export interface HoldRequest {
  readonly partner: string;
  readonly memberId: string;
  readonly scheduleId: bigint;
  readonly seatIds: readonly bigint[];
  readonly bestAvailable: number;
}

/** Others had a lock: the transaction is given up, and tried again when they have done with these seats. */
class LostRace extends Error {
  readonly seatIds: readonly bigint[];

  constructor(seatIds: readonly bigint[]) {
    super('Others had a lock on the seats');
    this.seatIds = seatIds;
  }
}

const attemptsMax = 10;
/** Longer than a row, so that a part has complete rows in it. */
const firstPart = 250;
const nextPart = 2_500;

/** How a hold is made. */
export interface Holding<T> {
  readonly pool: Pool;
  readonly turns: Turns;
  /** Of the caller: seats are not held for who has gone. */
  readonly signal: AbortSignal;
  /** Does work in a transaction: commits it, or rolls it back when the work throws. */
  readonly run: (work: (client: PoolClient) => Promise<ReservationSeatRow[]>) => Promise<T>;
}

/**
 * Holds seats, in as many transactions as it takes. Nobody waits in line for a seat that is taken; for one that is only
 * locked, the next try waits until it is not, holding nothing meanwhile. Those who want the best seats of one schedule all
 * want the same ones, so they choose in turn: here without a connection, and between processes by a lock that lasts two
 * round trips.
 *
 * The work throws ServiceError SCHEDULE_UNKNOWN, SCHEDULE_CANCELLED, BOOKING_NOT_OPEN, SEAT_UNKNOWN, SEAT_TAKEN.
 *
 * @throws ServiceError BUSY when others were faster each time, though there would have been enough seats, or when a seat
 * stays locked; the signal's reason when that is aborted before a try.
 */
export async function hold<T>(request: HoldRequest, { pool, turns, signal, run }: Holding<T>): Promise<T> {
  const lost = new Set<bigint>();
  for (let attempt = 1; attempt <= attemptsMax; attempt += 1) {
    signal.throwIfAborted();
    try {
      if (request.bestAvailable === 0) return await run((client) => holdChosen(client, request));
      return await turns.take(request.scheduleId, () => {
        signal.throwIfAborted();
        return run((client) => holdBest(client, request, lost));
      });
    } catch (error) {
      if (!(error instanceof LostRace)) throw error;
      for (const seatId of error.seatIds) await awaitSeat.run(pool, [seatId]);
    }
  }
  throw refuse('BUSY', 'others were faster each time', { retryAfterMs: 200 });
}

async function holdChosen(client: PoolClient, request: HoldRequest): Promise<ReservationSeatRow[]> {
  const { held, taken, lost } = await claim(client, request, request.seatIds);
  if (held) return held;
  if (taken.length > 0) throw seatTaken(taken);
  throw new LostRace(lost);
}

/** Leaves out seats that others had locked in an earlier try; when that leaves too few, waits for them and looks again. */
async function holdBest(client: PoolClient, request: HoldRequest, lost: Set<bigint>): Promise<ReservationSeatRow[]> {
  const { scheduleId, bestAvailable: count } = request;
  await awaitChoosers.run(client, [scheduleId]);
  const choice = await findBest(client, scheduleId, count, lost);
  if (choice) {
    const claimed = await claim(client, request, choice.seatIds);
    if (claimed.held) return claimed.held;
    claimed.lost.forEach((seatId) => lost.add(seatId));
    throw new LostRace([]);
  }
  checkBookable(scheduleId, await readBookable.maybe(client, [scheduleId]));
  if (lost.size === 0) throw refuse('SEAT_TAKEN', count === 1 ? 'no seat is left' : `${count} seats are not left`);
  const locked = [...lost];
  lost.clear();
  throw new LostRace(locked);
}

/** Reads the open seats from the best on, until a choice cannot get better: for most choices the first part is enough. */
async function findBest(
  client: PoolClient,
  scheduleId: bigint,
  count: number,
  lost: ReadonlySet<bigint>,
): Promise<Choice | undefined> {
  const open: OpenSeat[] = [];
  for (let limit = firstPart; open.length <= seatsMax; limit = nextPart) {
    const part = await listHoldableSeats.rows(client, [scheduleId, open.at(-1)?.id ?? 0n, limit]);
    open.push(...part);
    const all = part.length < limit;
    const free = (all ? open : completeRows(open)).filter(({ id }) => !lost.has(id));
    const choice = chooseBest(free, count);
    if (all || choice?.fit === 'whole') return choice;
  }
  throw new Error(`schedule ${scheduleId} has more than ${seatsMax} seats`);
}

interface Claim {
  /** Present when all are held. */
  readonly held?: ReservationSeatRow[];
  /** Those that others have. */
  readonly taken: bigint[];
  /** Those that could not be claimed: taken, or locked by somebody at that moment. */
  readonly lost: bigint[];
}

/** Refuses what nobody could hold. */
async function claim(client: PoolClient, request: HoldRequest, seatIds: readonly bigint[]): Promise<Claim> {
  const { scheduleId, partner, memberId } = request;
  const rows = await holdSeats.rows(client, [scheduleId, seatIds, partner, memberId]);
  checkBookable(scheduleId, rows[0]);
  const idsOf = (which: (row: AskedSeatRow) => boolean): bigint[] => rows.filter(which).map((row) => row.seat_id);
  const unknown = idsOf(({ known }) => !known);
  if (unknown.length > 0) throw seatUnknown(scheduleId, unknown);
  const [taken, lost] = [idsOf((row) => row.taken), idsOf((row) => !row.claimed)];
  const held = rows.flatMap((row) => heldSeat(row, memberId));
  if (held.length === 0) return { taken, lost };
  if (held.length !== seatIds.length || lost.length > 0) {
    throw new Error(`${held.length} of ${seatIds.length} seats were held, ${lost.length} were not claimed`);
  }
  return { held, taken, lost };
}

function heldSeat({ reservation_id, ...row }: AskedSeatRow, memberId: string): ReservationSeatRow[] {
  if (reservation_id === null) return [];
  const fresh = { status: 'PENDING', confirmed_at: null, payment_id: null, refunded: false, state: 'HELD' } as const;
  return [{ ...row, ...fresh, reservation_id, member_id: memberId }];
}

function checkBookable(scheduleId: bigint, schedule: Bookable | undefined): void {
  if (!schedule) throw refuse('SCHEDULE_UNKNOWN', `there is no schedule ${scheduleId}`);
  if (schedule.schedule_state === 'CANCELLED') {
    throw refuse('SCHEDULE_CANCELLED', `schedule ${scheduleId} was called off`);
  }
  if (!schedule.bookable) throw refuse('BOOKING_NOT_OPEN', `schedule ${scheduleId} cannot be booked now`);
}

function seatUnknown(scheduleId: bigint, seatIds: readonly bigint[]): ServiceError {
  const ids = seatIds.join(', ');
  return refuse('SEAT_UNKNOWN', `schedule ${scheduleId} has no seat ${ids}`, { metadata: { seatIds: ids } });
}

function seatTaken(seatIds: readonly bigint[]): ServiceError {
  const ids = seatIds.join(', ');
  return refuse('SEAT_TAKEN', `somebody else has seat ${ids}`, { metadata: { seatIds: ids } });
}
