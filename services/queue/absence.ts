import type { Pool } from '@boxoffice/runtime/database/pool';
import { transaction } from '@boxoffice/runtime/database/transaction';
import { housePartner } from '@boxoffice/runtime/identity';

import { ascending } from './admission.ts';
import { reporterSilenceMsMax } from './presence.ts';
import { findAbsent, leaveAbsent } from './sql/find-absent.ts';
import { findAttendedQueues, type AttendedQueue } from './sql/find-attended-queues.ts';
import { lockQueue } from './sql/lock-queue.ts';
import { readPresenceKnown, type KnownRow } from './sql/read-presence-known.ts';
import { recordNumbers } from './sql/record-change.ts';

const queuesMax = 5_000;
/** Tickets looked at in one go, of one queue: some 20 ms. A pass over a line of a million takes 50 calls. */
const lookMax = 20_000;
/** Tickets marked in one transaction: as many as a change can name. */
const leaveMax = 1_000;

/**
 * Marks waiting tickets whose owner has gone away. It walks along every line, a stretch a call, and remembers how far it has
 * come; where that is lost, it starts from the front.
 *
 * While presence is unknown, nobody is marked: what the reporters of a channel tell must have been complete for the whole
 * time that makes a ticket absent. See `read-presence-known`.
 */
export class AbsenceSweep {
  readonly #pool: Pool;
  readonly #lookedThrough = new Map<bigint, bigint>();

  constructor(pool: Pool) {
    this.#pool = pool;
  }

  /** Looks at the next stretch of every line; returns how many were marked. */
  async sweep(signal?: AbortSignal): Promise<number> {
    const known = await readPresenceKnown.rows(this.#pool, [reporterSilenceMsMax]);
    if (known.length === 0) return 0;
    const queues = await findAttendedQueues.rows(this.#pool, [queuesMax]);
    this.#forgetAllBut(queues);
    let left = 0;
    for (const queue of queues) {
      if (signal?.aborted) break;
      const channels = channelsKnownFor(known, queue.presence_ttl_ms);
      if (channels.length > 0) left += await this.#sweepQueue(queue, channels);
    }
    return left;
  }

  async #sweepQueue({ schedule_id, presence_ttl_ms }: AttendedQueue, channels: readonly string[]): Promise<number> {
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
    let left = 0;
    for (let from = 0; from < found.numbers.length; from += leaveMax) {
      left += await this.#leave(schedule_id, found.numbers.slice(from, from + leaveMax), presence_ttl_ms);
    }
    return left;
  }

  #leave(scheduleId: bigint, numbers: readonly bigint[], ttlMs: number): Promise<number> {
    return transaction(this.#pool, async (client) => {
      await lockQueue.one(client, [scheduleId]);
      const left = await leaveAbsent.rows(client, [scheduleId, numbers, ttlMs]);
      if (left.length > 0) await recordNumbers.run(client, [scheduleId, 'LEFT', ascending(left)]);
      return left.length;
    });
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
