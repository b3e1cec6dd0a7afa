import { durationFromMs } from '@bufbuild/protobuf/wkt';
import type { Policy } from '@boxoffice/proto/queue';
import type { Pool } from '@boxoffice/runtime/database/pool';

import type { BenchSystem } from './bench-system.ts';

type PolicyInit = Omit<Partial<Policy>, '$typeName' | '$unknown'>;

/** What the Queue itself gives a queue that is opened without a policy. */
export const defaultPolicy: PolicyInit = {
  maxActive: 100,
  activeTtl: durationFromMs(300_000),
  presenceTtl: durationFromMs(120_000),
};

/** Far from the schedules of the demo. */
let lastScheduleId = 900_000n;

/** Opens a queue of its own for a scenario, with another policy than the default where one is given. */
export async function openQueue({ admin }: BenchSystem, policy: PolicyInit = {}): Promise<bigint> {
  const scheduleId = ++lastScheduleId;
  await admin.openQueue({ scheduleId, policy: { ...defaultPolicy, ...policy } });
  return scheduleId;
}

/** Stops all that goes on in a queue, so that it does not disturb what is measured next. */
export async function retireQueue({ admin }: BenchSystem, scheduleId: bigint): Promise<void> {
  await admin.pauseQueue({ scheduleId });
  await setPresenceTtl({ admin }, scheduleId, 0);
}

/** Sets after how long the absent leave; 0: never. */
export async function setPresenceTtl(
  { admin }: Pick<BenchSystem, 'admin'>,
  scheduleId: bigint,
  presenceTtlMs: number,
): Promise<void> {
  const presenceTtl = durationFromMs(presenceTtlMs);
  await admin.updatePolicy({ scheduleId, policy: { presenceTtl }, updateMask: { paths: ['presence_ttl'] } });
}

/** How a seeded line looks. */
export interface SeedOptions {
  readonly tickets: number;
  /** Which share has left, drawn at random, always the same. */
  readonly leftShare?: number;
}

const leftAChange = 1_000;

/**
 * Fills the empty line of a queue as if so many had joined and some had left, by SQL: all that joins and leaves write, at once.
 * Nobody may join or be admitted at the same time: pause the queue before.
 */
export async function seedLine(pool: Pool, scheduleId: bigint, { tickets, leftShare = 0 }: SeedOptions): Promise<void> {
  const client = await pool.connect();
  try {
    await client.query('begin');
    await client.query('select setseed(0.5)');
    await client.query(
      `insert into tickets (schedule_id, number, place, partner, member_id, status, joined_at, ended_at)
       select $1, n, n, 'house', 'seed-' || n, case when has_left then 'LEFT' else 'WAITING' end, clock_timestamp(),
         case when has_left then clock_timestamp() end
       from (select n, random() < $3 as has_left from generate_series(1, $2::bigint) n) line`,
      [scheduleId, tickets, leftShare],
    );
    await client.query('update tails set last_number = $2 where schedule_id = $1', [scheduleId, tickets]);
    await client.query(logOfLeavers, [scheduleId, leftAChange]);
    await client.query('commit');
    // As the server itself would some time later, but not while something is measured.
    await client.query('vacuum (analyze) tickets');
    await client.query('checkpoint');
  } catch (error) {
    await client.query('rollback').catch(() => undefined);
    throw error;
  } finally {
    client.release();
  }
}

const logOfLeavers = `
  with leaver as (
    select number, (row_number() over (order by number) - 1) / $2::bigint as change
    from tickets where schedule_id = $1 and status = 'LEFT'
  ),
  logged as (
    insert into changes (schedule_id, revision, kind, numbers)
    select $1, q.revision + 1 + change, 'LEFT', array_agg(number order by number)
    from leaver cross join (select revision from queues where schedule_id = $1) q
    group by q.revision, change
    returning cardinality(numbers) as count
  )
  update queues
  set revision = revision + logged.changes, left_total = left_total + logged.leavers
  from (select count(*) as changes, coalesce(sum(count), 0) as leavers from logged) logged
  where schedule_id = $1`;

/** The tokens of some waiting tickets of a queue, spread over the whole line. */
export async function tokensOf(
  { pool, sign }: Pick<BenchSystem, 'pool' | 'sign'>,
  scheduleId: bigint,
  { count, after = 0 }: { readonly count: number; readonly after?: number },
): Promise<string[]> {
  const { rows } = await pool.query<{ number: bigint; ticket_id: string; member_id: string; joined_at: Date }>(
    `with line as (
       select number, ticket_id, member_id, joined_at, row_number() over (order by number) as nth, count(*) over () as all
       from tickets where schedule_id = $1 and status = 'WAITING' and number > $3
     )
     select number, ticket_id, member_id, joined_at from line
     where nth % greatest(1, "all" / $2::bigint) = 0 order by number limit $2`,
    [scheduleId, count, after],
  );
  return rows.map(({ number, ticket_id: ticketId, member_id: memberId, joined_at: issuedAt }) =>
    sign({ partner: 'house', memberId, scheduleId, number, ticketId, issuedAt }),
  );
}
