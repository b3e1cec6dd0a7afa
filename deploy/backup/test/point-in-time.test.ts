import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { Stage } from '@boxoffice/local/crash/stage';
import { checkInvariants } from '@boxoffice/local/verify/check';
import { openDatabases, type Databases } from '@boxoffice/local/verify/databases';
import { settle } from '@boxoffice/local/verify/settle';
import { reasonOf } from '@boxoffice/runtime/error';
import { expect, test } from '@boxoffice/runtime/testing/tests';

import { until } from '../../local/test/until.ts';
import { numbersSkipped } from '../skip-numbers.ts';
import { startArchivedServer, startRestored } from './archived-server.ts';

const buyers = 4;
const limitMs = 120_000;
const settleLimitMs = 15_000;

test(
  'purchases up to a moment are restored from a backup that was taken under load, and the log of events is another',
  async () => {
    await using resources = new AsyncDisposableStack();
    const folder = await mkdtemp(join(tmpdir(), 'boxoffice-backup-'));
    resources.defer(() => rm(folder, { recursive: true, force: true }));
    const [live, copy] = [join(folder, 'live'), join(folder, 'copy')];
    const before = await damaged(live, copy);

    const server = resources.use(await startRestored(copy, join(live, 'archive'), 'before the damage'));
    const urls = { queue: server.url, inventory: server.url, ledger: server.url };
    const databases = resources.use(openDatabases(urls));
    expect(await paidIn(databases)).toEqual(before.paid);
    const said = await restored({ DATABASE_URL: server.url, BOXOFFICE_HOME: folder });
    expect(said.match(/a new log of events, [0-9a-f-]{36}, after position \d+$/gm)).toHaveLength(3);
    expect(said).toMatch(new RegExp(`^ *tickets +${before.paid.length} of the latest payments`, 'm'));

    await decideAhead(databases);
    await using stage = await openStage(server.url);
    expect(await refusalOf(stage, before.cursor)).toBe('CURSOR_INVALID');
    await buy(stage);
    expect(await settle(databases, settleLimitMs)).toBe(0);
    const paid = await paidIn(databases);
    expect(paid).toHaveLength(before.paid.length + 1);
    expect(paid.at(-1)).toBeGreaterThan(numbersSkipped);
    const after = await checkInvariants({ databases, running: true });
    expect(after.filter(({ verdict }) => verdict === 'violated')).toEqual([]);
  },
  limitMs,
);

/** Plays purchases, takes a backup of the server meanwhile, names a moment, and then comes the damage. */
async function damaged(live: string, copy: string) {
  await using server = await startArchivedServer(live);
  await using stage = await openStage(server.url);
  let bought = 0;
  const over = new AbortController();
  const rush = Array.from({ length: buyers }, async () => {
    while (!over.signal.aborted) {
      await buy(stage);
      bought += 1;
    }
  });
  const more = async (purchases: number): Promise<void> => {
    const enough = bought + purchases;
    await until(async () => bought >= enough, limitMs);
  };
  await more(buyers);
  await server.backUp(copy);
  await more(buyers);
  over.abort();
  await Promise.all(rush);
  await settle(stage.databases, settleLimitMs);
  const [paid, cursor] = [await paidIn(stage.databases), await cursorOf(stage)];
  await server.nameMoment('before the damage');
  await buy(stage);
  expect(await paidIn(stage.databases)).toHaveLength(paid.length + 1);
  await stage.databases.inventory.query('drop schema inventory cascade');
  await server.nameMoment('after the damage');
  return { paid, cursor };
}

/** `npm run restored`. @throws when it ends with anything but 0, as it does when an invariant is violated. */
async function restored(variables: NodeJS.ProcessEnv): Promise<string> {
  const command = join(import.meta.dirname, '../restored.ts');
  const { stdout } = await promisify(execFile)(process.execPath, [command], { env: { ...process.env, ...variables } });
  return stdout;
}

function openStage(databaseUrl: string): Promise<Stage> {
  const compiled = process.env['NODE_COMPILE_CACHE'];
  return Stage.open({ databaseUrl, shortLeases: true, ...(compiled !== undefined && { compiled }) });
}

async function buy(stage: Stage): Promise<void> {
  for (const member of stage.members(1)) {
    await member.enter();
    await member.haveHeld();
    await member.havePaid();
  }
}

async function paidIn({ ledger }: Databases): Promise<bigint[]> {
  const { rows } = await ledger.query<{ id: bigint }>(`select id from payments where status = 'PAID' order by id`);
  return rows.map(({ id }) => id);
}

/** Has Inventory know the payments that the Ledger would make next, as where it was taken back to a later moment. */
async function decideAhead({ inventory, ledger }: Databases): Promise<void> {
  const { rows } = await ledger.query<{ last: bigint }>('select max(id) as last from payments');
  // The sequence comes back as many as 32 numbers ahead.
  await inventory.query(
    `insert into decisions (kind, subject_id, partner, reservation_id, rejection_reason, decided_at)
     select 'CONFIRM', $1 + number, 'lost', 1, 'HOLD_OVER', now() from generate_series(1, 100) as number`,
    [rows[0]?.last ?? 0n],
  );
}

/** A cursor behind the first events. */
async function cursorOf({ clients }: Stage): Promise<string> {
  const end = new AbortController();
  try {
    for await (const { cursor } of clients.inventory.watchEvents({}, { signal: end.signal })) return cursor;
    throw new Error('the stream of events has ended');
  } finally {
    end.abort();
  }
}

async function refusalOf({ clients }: Stage, afterCursor: string): Promise<string | undefined> {
  const end = new AbortController();
  try {
    for await (const { events } of clients.inventory.watchEvents({ afterCursor }, { signal: end.signal })) {
      throw new Error(`the cursor is good for ${events.length} events`);
    }
    return undefined;
  } catch (error) {
    return reasonOf(error);
  } finally {
    end.abort();
  }
}
