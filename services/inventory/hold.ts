import { setTimeout as delay } from 'node:timers/promises';

import { refuse, type ServiceError } from '@boxoffice/runtime/error';
import type { PoolClient } from '@boxoffice/runtime/database/transaction';

import { chooseBest, completeRows, type Choice, type OpenSeat } from './best-available.ts';
import type { ReservationSeatRow } from './reservation.ts';
import { seatsMax } from './seat-layout.ts';
import { holdSeats, type AskedSeatRow } from './sql/hold-seats.ts';
import { listHoldableSeats } from './sql/list-holdable-seats.ts';
import { readBookable, type Bookable } from './sql/read-bookable.ts';

/** For whom seats are to be held, and which, or how many of the best. */
export interface HoldRequest {
  readonly partner: string;
  readonly memberId: string;
  readonly scheduleId: bigint;
  readonly seatIds: readonly bigint[];
  readonly bestAvailable: number;
}

/** Others were faster, or have locked a seat for a moment: the transaction is given up, and tried again if that may help. */
class LostRace extends Error {
  readonly seatIds: readonly bigint[];

  constructor(seatIds: readonly bigint[]) {
    super('Others had a lock on the seats');
    this.seatIds = seatIds;
  }
}

/**
 * A seat that is locked and not taken is being taken in all likelihood, or else swept, or given another price. The pauses
 * double, and make half a second together: as long as giving 20,000 seats another price takes.
 */
const attemptsMax = 7;
const pauseMsMin = 4;
/** Of best seats there are others, so the first tries need no pause. */
const unpausedAttempts = 3;
/** Longer than a row, so that a part has complete rows in it. */
const firstPart = 250;
const nextPart = 2_500;

/**
 * Holds seats, in as many transactions as it takes: each by `run`, which commits what the work did and rolls it back when
 * the work throws. Nobody waits in line for a seat; while waiting for another try, no lock and no connection is held.
 *
 * The work throws ServiceError SCHEDULE_UNKNOWN, SCHEDULE_CANCELLED, BOOKING_NOT_OPEN, SEAT_UNKNOWN, SEAT_TAKEN.
 *
 * @throws ServiceError BUSY when others were faster each time, though there would have been enough seats.
 */
export async function holdInTurns<T>(
  request: HoldRequest,
  run: (work: (client: PoolClient) => Promise<ReservationSeatRow[]>) => Promise<T>,
): Promise<T> {
  const lost = new Set<bigint>();
  for (let attempt = 1; ; attempt += 1) {
    const last = attempt === attemptsMax;
    try {
      return await run((client) =>
        request.bestAvailable > 0 ? holdBest(client, request, lost) : holdChosen(client, request, last),
      );
    } catch (error) {
      if (!(error instanceof LostRace)) throw error;
      if (last) throw refuse('BUSY', 'others were faster each time', { retryAfterMs: 200, cause: error });
      error.seatIds.forEach((id) => lost.add(id));
    }
    if (request.bestAvailable === 0 || attempt >= unpausedAttempts) {
      await delay(pauseMsMin * 2 ** attempt * (0.5 + Math.random() / 2));
    }
  }
}

async function holdChosen(client: PoolClient, request: HoldRequest, last: boolean): Promise<ReservationSeatRow[]> {
  const { held, taken, lost } = await claim(client, request, request.seatIds);
  if (held) return held;
  if (taken.length > 0) throw seatTaken(taken);
  // Locked by others for longer than any of them has reason to: whoever gets it, it is not us.
  if (last) throw seatTaken(lost);
  throw new LostRace(lost);
}

/** Leaves out seats that were lost before, since others still had them locked; when that leaves too few, looks at all again. */
async function holdBest(client: PoolClient, request: HoldRequest, lost: Set<bigint>): Promise<ReservationSeatRow[]> {
  const { scheduleId, bestAvailable: count } = request;
  const choice = await findBest(client, scheduleId, count, lost);
  if (!choice) {
    checkBookable(scheduleId, await readBookable.maybe(client, [scheduleId]));
    if (lost.size === 0) throw refuse('SEAT_TAKEN', count === 1 ? 'no seat is left' : `${count} seats are not left`);
    lost.clear();
    throw new LostRace([]);
  }
  const claimed = await claim(client, request, choice.seatIds);
  if (claimed.held) return claimed.held;
  throw new LostRace(claimed.lost);
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
  const fresh = { status: 'PENDING', confirmed_at: null, payment_id: null, state: 'HELD' } as const;
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
