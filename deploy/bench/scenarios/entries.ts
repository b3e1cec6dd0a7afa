import { migrations, schema } from '@boxoffice/ledger/migrations/index';
import { findMemberAccount } from '@boxoffice/ledger/sql/find-account';
import { listEntries } from '@boxoffice/ledger/sql/list-entries';
import type { Pool } from '@boxoffice/runtime/database/pool';

import { whole, type Figure } from '../figure.ts';
import type { Bench } from '../scenario.ts';
import { openBenchPool, withDatabase } from '../seed/bench-database.ts';
import { checkRoom } from '../seed/bulk-load.ts';
import { anyOf, measure, type Question } from '../seed/questions.ts';
import { ledgerShape, seedLedger, type LedgerShape } from '../seed/seed-ledger.ts';

const connections = 4;
const pageRows = 21; // As the service asks for a page of 20.
const newest = 2n ** 63n - 1n;
const sampled = 5_000;

/** The Ledger's question, with millions of entries. */
export async function entries(bench: Bench): Promise<Figure[]> {
  await checkRoom(bench.home, bench.rows);
  return withDatabase(bench, { schema, migrations }, async (database) => {
    const shape = ledgerShape(bench.rows);
    await seedLedger(shape, { ...bench, ...database });
    await using pool = openBenchPool(database, connections);
    const figures: Figure[] = [];
    for (const question of await questionsOf(pool, shape)) {
      figures.push(await measure(pool, question, bench.signal));
    }
    return figures;
  });
}

async function questionsOf(pool: Pool, shape: LedgerShape): Promise<Question[]> {
  const all = await sample(pool, shape.entries);
  const statements = [findMemberAccount, listEntries];
  const page = async (memberId: string, before: bigint): Promise<number> => {
    const { id } = await findMemberAccount.one(pool, ['house', memberId]);
    return (await listEntries.rows(pool, [id, before, pageRows])).length;
  };
  const asked = `two statements; a fifth of those asked for have ${whole(shape.entries / 100)} entries each`;
  return [
    {
      scenario: 'entries',
      what: `a member's statement, the first page, of ${whole(shape.entries)} entries`,
      statements,
      ask: () => page(anyOf(all).member_id, newest),
      detail: asked,
    },
    {
      scenario: 'entries',
      what: `a member's statement, any page, of ${whole(shape.entries)} entries`,
      statements,
      ask: () => {
        const { member_id: memberId, id } = anyOf(all);
        return page(memberId, id);
      },
      detail: asked,
    },
  ];
}

interface Sampled {
  readonly id: bigint;
  readonly member_id: string;
}

/** Entries of members drawn at random: members who have many come often. */
async function sample(pool: Pool, entryCount: number): Promise<Sampled[]> {
  const ids = Array.from({ length: 2 * sampled }, () => 1 + Math.floor(Math.random() * entryCount));
  const { rows } = await pool.query<Sampled>(
    `select entries.id, member_id from entries join accounts on accounts.id = account_id
     where entries.id = any ($1::bigint[]) and kind = 'MEMBER'`,
    [ids],
  );
  return rows;
}
