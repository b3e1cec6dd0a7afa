import { findSchedules, scheduleMessages } from '@boxoffice/inventory/catalog';
import { withIndexPlans } from '@boxoffice/runtime/database/index-plans';
import { migrations, schema } from '@boxoffice/inventory/migrations/index';
import { countRemaining } from '@boxoffice/inventory/sql/count-remaining';
import { listPendingReservations, listReservations } from '@boxoffice/inventory/sql/list-reservations';
import { listSchedulesOfDay } from '@boxoffice/inventory/sql/list-schedules';
import { sweepExpiredHolds } from '@boxoffice/inventory/sql/sweep-expired-holds';
import type { Pool } from '@boxoffice/runtime/database/pool';

import { whole, type Figure } from '../figure.ts';
import type { Bench } from '../scenario.ts';
import { openBenchPool, withDatabase } from '../seed/bench-database.ts';
import { checkRoom } from '../seed/bulk-load.ts';
import { anyOf, measure, type Question } from '../seed/questions.ts';
import { inventoryShape, seedInventory, type InventoryShape } from '../seed/seed-inventory.ts';

const connections = 4;
const pageRows = 21; // As the service asks for a page of 20.
const newest = 2n ** 63n - 1n;
const sampled = 5_000;
const sweepRows = 10;
const published = 'published for such questions at this size: 31, 836, 64 ms';

/** The Inventory's questions, with millions of reservations. */
export async function reservations(bench: Bench): Promise<Figure[]> {
  await checkRoom(bench.home, bench.rows);
  return withDatabase(bench, { schema, migrations }, async ({ url }) => {
    const shape = inventoryShape(bench.rows);
    await seedInventory(shape, { ...bench, url });
    // What a commit waits for is the disk, and no matter of how many rows there are.
    await bench.pool.query(`alter database ${new URL(url).pathname.slice(1)} set synchronous_commit = off`);
    // As the service connects.
    await using pool = openBenchPool({ url: withIndexPlans(url), schema }, connections);
    const figures: Figure[] = [];
    for (const question of await questionsOf(pool, shape)) {
      figures.push(await measure(pool, question, bench.signal));
    }
    return figures;
  });
}

async function questionsOf(pool: Pool, shape: InventoryShape): Promise<Question[]> {
  const all = await sample(pool, shape.reservations);
  const holders = await sampleOfHolders(pool);
  const scenario = 'reservations';
  const of = `of ${whole(shape.reservations)} reservations`;
  const day = (): string => new Date(Date.now() + anyDayAhead(shape) * 86_400_000).toISOString().slice(0, 10);
  return [
    {
      scenario,
      what: `a member's reservations, the first page, ${of}`,
      statements: [listReservations],
      ask: async () => {
        const { partner, member_id: member } = anyOf(all);
        return (await listReservations.rows(pool, [partner, member, newest, pageRows])).length;
      },
      detail: `a tenth of those asked for have ${whole(shape.reservations / 100)} each; ${published}`,
    },
    {
      scenario,
      what: `a member's reservations, any page, ${of}`,
      statements: [listReservations],
      ask: async () => {
        const { partner, member_id: member, id } = anyOf(all);
        return (await listReservations.rows(pool, [partner, member, id, pageRows])).length;
      },
    },
    {
      scenario,
      what: `a member's pending reservations, ${of}`,
      statements: [listPendingReservations],
      ask: async () => {
        const { partner, member_id: member } = anyOf(Math.random() < 0.5 ? holders : all);
        return (await listPendingReservations.rows(pool, [partner, member, newest, pageRows])).length;
      },
      detail: `half of those asked for hold seats; ${whole(shape.pending)} reservations are pending; ${published}`,
    },
    {
      scenario,
      what: `the dates of a day with the seats that remain, of ${whole(shape.schedules)} dates`,
      statements: [listSchedulesOfDay, countRemaining],
      ask: async () => {
        const request = { concertId: 0n, date: day(), includeNotBookable: false, size: 20, after: undefined };
        const { schedules } = await findSchedules(pool, request);
        return (await scheduleMessages(pool, schedules)).length;
      },
      detail: `two statements; ${published}`,
    },
    {
      scenario,
      what: `holds that have run out: a sweep of ${sweepRows}, ${of}`,
      statements: [sweepExpiredHolds],
      ask: async () => (await sweepExpiredHolds.rows(pool, [sweepRows])).length,
      timesMax: Math.floor(shape.overdue / sweepRows),
      detail: `the whole sweep, with what it writes, until none of ${whole(shape.overdue)} is left, without the disk's part of its commit; ${published}`,
    },
  ];
}

interface Sampled {
  readonly id: bigint;
  readonly partner: string;
  readonly member_id: string;
}

/** Reservations drawn at random: members who have many come often. */
async function sample(pool: Pool, reservationCount: number): Promise<Sampled[]> {
  const ids = Array.from({ length: sampled }, () => 1 + Math.floor(Math.random() * reservationCount));
  const { rows } = await pool.query<Sampled>(
    'select id, partner, member_id from reservations where id = any ($1::bigint[])',
    [ids],
  );
  return rows;
}

async function sampleOfHolders(pool: Pool): Promise<Sampled[]> {
  const { rows } = await pool.query<Sampled>(
    `select id, partner, member_id from reservations where status = 'PENDING' and expires_at > now()
     order by random() limit $1`,
    [sampled],
  );
  return rows;
}

function anyDayAhead({ days }: InventoryShape): number {
  return Math.floor(Math.random() * (days / 2 - 1));
}
