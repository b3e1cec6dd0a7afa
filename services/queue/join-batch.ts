import type { Pool } from '@boxoffice/runtime/database/pool';
import { sqlState } from '@boxoffice/runtime/database/failure';
import { refuse } from '@boxoffice/runtime/error';

import { describeTickets, type StandingRow } from './sql/describe-tickets.ts';
import { joinQueue, type JoinedRow } from './sql/join-queue.ts';

/** A member who joins. */
export interface Joiner {
  readonly partner: string;
  readonly memberId: string;
}

/**
 * What came of it. `lapsed`: the member has a ticket that still counts as admitted, but its time is over: it has to be ended
 * before the member can join again.
 */
export type Joined =
  | { readonly outcome: 'unknown' | 'closed' }
  | { readonly outcome: 'joined' | 'found' | 'lapsed'; readonly ticket: StandingRow };

interface Waiting extends Joiner {
  readonly result: PromiseWithResolvers<Joined>;
}

/** Members in one transaction at most. */
const groupMax = 512;
/** Members who wait for a transaction at most, in the whole process: further ones are told to try again. */
const waitingMax = 20_000;

/**
 * Joins in groups: whoever arrives while a group is being written becomes the next one. There is never a wait for a group to
 * fill, so that a single join is as fast as without. One group of a queue is written at a time: they would wait for each
 * other's lock anyway.
 */
export class JoinBatch {
  readonly #pool: Pool;
  readonly #waiting = new Map<bigint, Waiting[]>();
  #count = 0;

  constructor(pool: Pool) {
    this.#pool = pool;
  }

  /**
   * Joins one member to a queue.
   *
   * @throws ServiceError BUSY when too many wait already; what the database throws.
   */
  join(scheduleId: bigint, joiner: Joiner): Promise<Joined> {
    if (this.#count >= waitingMax) throw refuse('BUSY', 'too many join at this moment', { retryAfterMs: 500 });
    const waiting: Waiting = { ...joiner, result: Promise.withResolvers() };
    this.#count++;
    const line = this.#waiting.get(scheduleId);
    if (line === undefined) {
      this.#waiting.set(scheduleId, [waiting]);
      void this.#writeAll(scheduleId);
    } else {
      line.push(waiting);
    }
    return waiting.result.promise;
  }

  async #writeAll(scheduleId: bigint): Promise<void> {
    for (;;) {
      const group = this.#waiting.get(scheduleId)?.splice(0, groupMax) ?? [];
      if (group.length === 0) break;
      this.#count -= group.length;
      await this.#write(scheduleId, group);
    }
    this.#waiting.delete(scheduleId);
  }

  async #write(scheduleId: bigint, group: readonly Waiting[]): Promise<void> {
    try {
      const rows = await this.#join(scheduleId, group);
      settle(group, rows, await this.#describe(scheduleId, rows));
    } catch (error) {
      if (group.length > 1 && isFaultOfData(error)) {
        for (const one of group) await this.#write(scheduleId, [one]);
      } else {
        for (const { result } of group) result.reject(error);
      }
    }
  }

  #join(scheduleId: bigint, group: readonly Waiting[]): Promise<JoinedRow[]> {
    const partners = group.map(({ partner }) => partner);
    const memberIds = group.map(({ memberId }) => memberId);
    return joinQueue.rows(this.#pool, [scheduleId, partners, memberIds]);
  }

  /** The newcomers apart from the others: their places are computed from the first of them on. */
  async #describe(scheduleId: bigint, rows: readonly JoinedRow[]): Promise<Map<bigint, StandingRow>> {
    const read = (created: boolean): Promise<StandingRow[]> => {
      const numbers = rows.flatMap((row) => (row.number !== null && row.created === created ? [row.number] : []));
      return numbers.length === 0 ? Promise.resolve([]) : describeTickets.rows(this.#pool, [scheduleId, numbers]);
    };
    const found = await Promise.all([read(true), read(false)]);
    return new Map(found.flat().map((ticket) => [ticket.number, ticket]));
  }
}

/** Of a member who is twice in the group, the first to come is the one whose ticket was made. */
function settle(
  group: readonly Waiting[],
  rows: readonly JoinedRow[],
  tickets: ReadonlyMap<bigint, StandingRow>,
): void {
  const byMember = new Map(rows.map((row) => [key(row.partner, row.member_id), row]));
  const served = new Set<string>();
  for (const { partner, memberId, result } of group) {
    const member = key(partner, memberId);
    const row = byMember.get(member);
    result.resolve(row === undefined ? { outcome: 'unknown' } : joinedOf(row, tickets, !served.has(member)));
    served.add(member);
  }
}

function joinedOf(row: JoinedRow, tickets: ReadonlyMap<bigint, StandingRow>, first: boolean): Joined {
  if (row.number === null) return { outcome: 'closed' };
  const ticket = tickets.get(row.number);
  if (ticket === undefined) throw new Error(`Ticket ${row.number} was joined and is not there`);
  if (row.lapsed === true) return { outcome: 'lapsed', ticket };
  return { outcome: first && row.created === true ? 'joined' : 'found', ticket };
}

function key(partner: string, memberId: string): string {
  return JSON.stringify([partner, memberId]);
}

/** Something in the values of one member, as a text that the database cannot hold: SQLSTATE classes 22 and 23. */
function isFaultOfData(error: unknown): boolean {
  return /^2[23]/.test(sqlState(error) ?? '');
}
