import type { Pool } from '@boxoffice/runtime/database/pool';
import { sqlState } from '@boxoffice/runtime/database/failure';
import { Groups, type Grouped } from '@boxoffice/runtime/groups';

import { joinQueue, type JoinedRow, type JoinRefusal } from './sql/join-queue.ts';
import type { TicketStatusName } from './ticket.ts';

/** A member who joins. */
export interface Joiner {
  readonly partner: string;
  readonly memberId: string;
  /** What the policy's `max_per_address` counts by, see `addressOf`; null when unknown. */
  readonly address: string | null;
}

/** A ticket as it was given out or found, without its place in line. */
export interface JoinedTicket {
  readonly number: bigint;
  readonly ticketId: string;
  readonly joinedAt: Date;
  readonly status: TicketStatusName;
}

/**
 * What came of it. `lapsed`: the member has a ticket that still counts as admitted, but its time is over: it has to be ended
 * before the member can join again.
 */
export type Joined =
  | { readonly outcome: 'unknown' }
  | { readonly outcome: 'refused'; readonly refusal: JoinRefusal }
  | { readonly outcome: 'joined' | 'found' | 'lapsed'; readonly ticket: JoinedTicket };

type Waiting = Grouped<Joiner, Joined>;

/** Members in one transaction at most. */
const groupMax = 512;

/**
 * Joins in groups, each one transaction. One group of a queue is written at a time: they would wait for each other's lock
 * anyway.
 */
export class JoinBatch {
  readonly #pool: Pool;
  readonly #groups = new Groups<bigint, Joiner, Joined>({
    groupMax,
    run: (scheduleId, group) => this.#write(scheduleId, group),
  });

  constructor(pool: Pool) {
    this.#pool = pool;
  }

  /**
   * Joins one member to a queue.
   *
   * @throws ServiceError BUSY when too many wait already; what the database throws.
   */
  join(scheduleId: bigint, joiner: Joiner): Promise<Joined> {
    return this.#groups.add(scheduleId, joiner);
  }

  async #write(scheduleId: bigint, group: readonly Waiting[]): Promise<void> {
    try {
      settle(group, await this.#join(scheduleId, group));
    } catch (error) {
      if (group.length === 1 || !isFaultOfData(error)) throw error;
      for (const one of group) await this.#write(scheduleId, [one]).catch((fault: unknown) => one.reject(fault));
    }
  }

  #join(scheduleId: bigint, group: readonly Waiting[]): Promise<JoinedRow[]> {
    const partners = group.map(({ item }) => item.partner);
    const memberIds = group.map(({ item }) => item.memberId);
    const addresses = group.map(({ item }) => item.address);
    return joinQueue.rows(this.#pool, [scheduleId, partners, memberIds, addresses]);
  }
}

/** Of a member who is twice in the group, the first to come is the one whose ticket was made. */
function settle(group: readonly Waiting[], rows: readonly JoinedRow[]): void {
  const byMember = new Map(rows.map((row) => [key(row.partner, row.member_id), row]));
  const served = new Set<string>();
  for (const { item, resolve } of group) {
    const member = key(item.partner, item.memberId);
    const row = byMember.get(member);
    resolve(row === undefined ? { outcome: 'unknown' } : joinedOf(row, !served.has(member)));
    served.add(member);
  }
}

function joinedOf(row: JoinedRow, first: boolean): Joined {
  if (row.number === null) return { outcome: 'refused', refusal: row.refusal };
  const { number, ticket_id: ticketId, joined_at: joinedAt, status } = row;
  const ticket = { number, ticketId, joinedAt, status };
  if (row.lapsed) return { outcome: 'lapsed', ticket };
  return { outcome: first && row.created ? 'joined' : 'found', ticket };
}

/** A partner's name has no control characters. */
function key(partner: string, memberId: string): string {
  return `${partner}\n${memberId}`;
}

/** Something in the values of one member, as a text that the database cannot hold: SQLSTATE classes 22 and 23. */
function isFaultOfData(error: unknown): boolean {
  return /^2[23]/.test(sqlState(error) ?? '');
}
