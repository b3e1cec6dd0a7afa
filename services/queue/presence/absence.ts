import type { Pool } from '@boxoffice/runtime/database/pool';
import { transaction } from '@boxoffice/runtime/database/transaction';
import { housePartner } from '@boxoffice/runtime/identity';

import { ascending } from '../admission.ts';
import { placesOf } from '../lobby/draws.ts';
import { reporterSilenceMsMax } from './presence.ts';
import type { PresenceStore } from './presence-store.ts';
import { findAbsent, leaveAbsent } from '../sql/find-absent.ts';
import { findAttendedQueues, type AttendedQueue } from '../sql/find-attended-queues.ts';
import { lockQueue } from '../sql/lock-queue.ts';
import { readPresenceKnown, type KnownRow } from '../sql/read-presence-known.ts';
import { recordNumbers } from '../sql/record-change.ts';

const queuesMax = 5_000;
/** Tickets looked at in one go, of one queue: some 20 ms. A pass over a line of a million takes 50 calls. */
const lookMax = 20_000;
/** Tickets marked in one transaction: as many as a change can name. */
const leaveMax = 1_000;

/** What an absence sweep works with beside the database. */
export interface AbsenceOptions {
  /** Where sightings are kept that are not in the table. */
  readonly store?: PresenceStore | undefined;
  /** Hears of a queue that somebody has left, once that is committed. */
  readonly onLeft?: (scheduleId: bigint) => void;
}

/**
 * Marks waiting tickets whose owner has gone away: not seen in the table, and not in the store either. It walks along every line, a stretch a call, and remembers how far it has
 * come; where that is lost, it starts from the front.
 *
 * While presence is unknown, nobody is marked: what the reporters of a channel tell must have been complete for the whole
 * time that makes a ticket absent, and where it was kept must be in sight. See `read-presence-known` and the README.
 */
export class AbsenceSweep {
  readonly #pool: Pool;
  readonly #options: AbsenceOptions;
  readonly #lookedThrough = new Map<bigint, bigint>();

  constructor(pool: Pool, options: AbsenceOptions = {}) {
    this.#pool = pool;
    this.#options = options;
  }

  /** Looks at the next stretch of every line; returns how many were marked. */
  async sweep(signal?: AbortSignal): Promise<number> {
    const generation = await this.#generation();
    const known = await readPresenceKnown.rows(this.#pool, [reporterSilenceMsMax, generation ?? null]);
    if (known.length === 0) return 0;
    const queues = await findAttendedQueues.rows(this.#pool, [queuesMax]);
    this.#forgetAllBut(queues);
    let left = 0;
    for (const queue of queues) {
      if (signal?.aborted) break;
      const channels = channelsKnownFor(known, queue.presence_ttl_ms);
      if (channels.length > 0) left += await this.#sweepQueue(queue, channels, generation);
    }
    return left;
  }

  async #sweepQueue(
    queue: AttendedQueue,
    channels: readonly string[],
    generation: string | undefined,
  ): Promise<number> {
    const { schedule_id, presence_ttl_ms } = queue;
    const after = this.#lookedThrough.get(schedule_id) ?? 0n;
    const found = await findAbsent.one(this.#pool, [
      schedule_id,
      after,
      lookMax,
      presence_ttl_ms,
      channels,
      housePartner,
    ]);
    this.#lookedThrough.set(schedule_id, found.through ?? 0n);
    const unseen = await this.#unseenInStore(generation, queue, found.numbers);
    let left = 0;
    for (let from = 0; from < unseen.length; from += leaveMax) {
      left += await this.#leave(queue, unseen.slice(from, from + leaveMax), generation);
    }
    if (left > 0) this.#options.onLeft?.(schedule_id);
    return left;
  }

  /** Looks again under the lock, which may have been waited for. */
  #leave(attended: AttendedQueue, found: readonly bigint[], generation: string | undefined): Promise<number> {
    const { schedule_id: scheduleId, presence_ttl_ms: ttlMs } = attended;
    return transaction(this.#pool, async (client) => {
      const queue = await lockQueue.one(client, [scheduleId]);
      const numbers = await this.#unseenInStore(generation, attended, found);
      if (numbers.length === 0) return 0;
      const places = await placesOf(this.#pool, client, queue, numbers);
      const left = await leaveAbsent.rows(client, [scheduleId, numbers, places, ttlMs]);
      const leftPlaces = ascending(left.map(({ place }) => place));
      if (left.length > 0) await recordNumbers.run(client, [scheduleId, 'LEFT', leftPlaces]);
      return left.length;
    });
  }

  /** What the store keeps at this moment; undefined while it is away, and where there is none. */
  async #generation(): Promise<string | undefined> {
    return this.#options.store?.generation().catch(() => undefined);
  }

  /** Those whom the store has not seen either; nobody while it cannot tell. */
  async #unseenInStore(
    generation: string | undefined,
    { schedule_id, presence_ttl_ms }: AttendedQueue,
    numbers: readonly bigint[],
  ): Promise<readonly bigint[]> {
    const { store } = this.#options;
    if (store === undefined || generation === undefined) return numbers;
    const unseen = await store.unseen(generation, schedule_id, numbers, presence_ttl_ms).catch(() => undefined);
    return unseen ?? [];
  }

  #forgetAllBut(queues: readonly AttendedQueue[]): void {
    const attended = new Set(queues.map(({ schedule_id }) => schedule_id));
    for (const scheduleId of this.#lookedThrough.keys()) {
      if (!attended.has(scheduleId)) this.#lookedThrough.delete(scheduleId);
    }
  }
}

/** The channels whose reports have been complete for long enough to tell who is absent. */
export function channelsKnownFor(known: readonly KnownRow[], presenceTtlMs: number): string[] {
  return known.filter(({ known_ms }) => known_ms !== null && known_ms >= presenceTtlMs).map(({ channel }) => channel);
}
