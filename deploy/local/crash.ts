/** `npm run crash`: kills real programs at every fault point of every protocol, and prints what becomes of it. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

import { openPool } from '@boxoffice/runtime/database/pool';

import { playAll } from './crash/matrix.ts';
import { allPoints } from './crash/points.ts';
import { protocols } from './crash/protocols.ts';
import { batchesOf, rows } from './crash/rows.ts';
import { resultsTable } from './crash/table.ts';
import { startPostgres } from './postgres.ts';

/** Systems at the same time. More would wait for the processor instead of for leases. */
const stagesMax = 2;

const usage = `Usage: npm run crash -- [--point <name>] [--protocol <name>]

Plays each protocol with real programs on a PostgreSQL of its own, kills a program by SIGKILL at a fault point, lets it be
started again, and checks what there is and every invariant once all is quiet. All points in all protocols, unless told
otherwise; --point may be given several times. Ends with 1 when something is wrong.

  protocols  ${Object.keys(protocols).join(', ')}
  points     ${allPoints.join('\n             ')}`;

class UsageError extends Error {}

function readArguments() {
  try {
    const text = { type: 'string', multiple: true, default: [] as string[] } as const;
    const { values } = parseArgs({ options: { point: text, protocol: text, help: { type: 'boolean' } } });
    const has = (asked: readonly string[], name: string): boolean => asked.length === 0 || asked.includes(name);
    const chosen = rows.filter(({ point, protocol }) => has(values.point, point) && has(values.protocol, protocol));
    if (chosen.length === 0) throw new UsageError('There is no such point in such a protocol.');
    return { help: values.help === true, chosen };
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error), { cause: error });
  }
}

/** A server in the temporary folder with so many databases. */
async function startServer(databases: number, resources: AsyncDisposableStack): Promise<string[]> {
  const dataDir = await mkdtemp(join(tmpdir(), 'boxoffice-crash-'));
  resources.defer(() => rm(dataDir, { recursive: true, force: true }));
  // The programs die, the server does not.
  const { url } = resources.use(await startPostgres({ dataDir, durability: 'off' }));
  await using pool = openPool({ url, schema: 'public', applicationName: 'crash', max: 1 });
  const urls: string[] = [];
  for (let number = 1; number <= databases; number += 1) {
    await pool.query(`create database stage_${number}`);
    urls.push(Object.assign(new URL(url), { pathname: `/stage_${number}` }).href);
  }
  return urls;
}

async function crash(chosen: typeof rows): Promise<boolean> {
  await using resources = new AsyncDisposableStack();
  const databaseUrls = await startServer(Math.min(stagesMax, batchesOf(chosen).length), resources);
  let played = 0;
  const results = await playAll({
    rows: chosen,
    databaseUrls,
    onResults: (some) => {
      played += some.length;
      if (process.stderr.isTTY) process.stderr.write(`\r${played} of ${chosen.length}\r`);
    },
  });
  console.log(resultsTable(results));
  return results.every(({ faults }) => faults.length === 0);
}

try {
  const { help, chosen } = readArguments();
  if (help) console.log(usage);
  else if (!(await crash(chosen))) process.exitCode = 1;
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  if (error instanceof UsageError) console.error(`\n${usage}`);
  process.exitCode = error instanceof UsageError ? 2 : 1;
}
