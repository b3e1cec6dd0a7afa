import { mkdtemp, readdir, rm, stat, statfs } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';

import { startPostgres } from '../../../deploy/local/postgres.ts';
import { processLockHolder } from '../../../deploy/local/process-lock.ts';
import { withServer } from './database.ts';
import { isRedisInstalled } from './redis-installed.ts';

declare global {
  var stopTestServer: (() => Promise<void>) | undefined;
}

const folderPrefix = 'boxoffice-test-';
/** A folder is locked well before that, if its run lives. */
const leftoverFolderAgeMs = 60_000;
/** No run takes that long: databases on a server of somebody else have no lock. */
const leftoverDatabaseAgeMs = 3_600_000;
const memory = '/dev/shm';
/** What a run may need of it: 0.3 GB for all test files, and the log. */
const memoryBytesMin = 4 * 1024 ** 3;

/**
 * Gives the tests a PostgreSQL: the one of TEST_DATABASE_URL, whose user may make databases, or an embedded one for this
 * run. That one ends with this process, however it ends; what an interrupted run leaves behind, a later one removes.
 */
export default async function setup(): Promise<void> {
  if (!isRedisInstalled()) {
    process.stderr.write('There is no redis-server on the PATH: the tests that kill one are SKIPPED.\n');
  }
  // Programs that tests start find their code compiled: a third of the processor time of a start.
  process.env['NODE_COMPILE_CACHE'] ??= join(tmpdir(), `boxoffice-compiled-${userInfo().uid}`);
  process.env['TEST_DATABASE_PREFIX'] = `test_${Date.now().toString(36)}`;
  if (process.env['TEST_DATABASE_URL']) {
    await dropDatabases((startedAt) => startedAt < Date.now() - leftoverDatabaseAgeMs);
    return;
  }
  const { url, stop } = await start();
  process.env['TEST_DATABASE_URL'] = url;
  globalThis.stopTestServer = stop;
}

/** In memory, where a database is made in 25 ms; on a disk that others use too it took up to 900. */
async function start(): Promise<Started> {
  await removeLeftovers(tmpdir());
  const free = await statfs(memory).then(
    ({ bavail, bsize }) => bavail * bsize,
    () => 0, // Not on this system.
  );
  if (free < memoryBytesMin) return startIn(tmpdir());
  await removeLeftovers(memory);
  // It may be mounted so that no program can run from it, should one have to be copied there.
  return startIn(memory).catch(() => startIn(tmpdir()));
}

interface Started {
  readonly url: string;
  readonly stop: () => Promise<void>;
}

async function startIn(parent: string): Promise<Started> {
  const dataDir = await mkdtemp(join(parent, folderPrefix));
  await using cleanup = new AsyncDisposableStack();
  cleanup.defer(() => rm(dataDir, { recursive: true, force: true }));
  const settings = { max_wal_size: '512MB' };
  const { url } = cleanup.use(await startPostgres({ dataDir, durability: 'off', settings }));
  const started = cleanup.move();
  return { url, stop: () => started.disposeAsync() };
}

/** Ends the server that {@link setup} has started; on another one, drops the databases of this run. */
export async function teardown(): Promise<void> {
  if (globalThis.stopTestServer) return globalThis.stopTestServer();
  const own = startOf(process.env['TEST_DATABASE_PREFIX'] ?? '');
  await dropDatabases((startedAt) => startedAt === own);
}

async function dropDatabases(selected: (startedAt: number) => boolean): Promise<void> {
  await withServer(async (server) => {
    const { rows } = await server.query<{ datname: string }>(
      `select datname from pg_database where datname ~ '^test_'`,
    );
    for (const { datname } of rows) {
      const startedAt = startOf(datname);
      if (startedAt !== undefined && selected(startedAt)) await server.query(`drop database ${datname} with (force)`);
    }
  });
}

/** When the run of a database began, in milliseconds since 1970. */
function startOf(name: string): number | undefined {
  const [, time] = /^test_([0-9a-z]{8})(?:_[0-9a-f]{12}(?:_[0-9a-z]+)?)?$/.exec(name) ?? [];
  return time === undefined ? undefined : Number.parseInt(time, 36);
}

async function removeLeftovers(parent: string): Promise<void> {
  const names = await readdir(parent);
  for (const name of names.filter((each) => each.startsWith(folderPrefix))) {
    const folder = join(parent, name);
    const found = await stat(folder).catch(() => undefined); // Its run may have ended and removed it since.
    // One that has no holder yet may be starting at this moment.
    if (found?.uid !== process.getuid?.() || Number(found?.mtimeMs) > Date.now() - leftoverFolderAgeMs) continue;
    const holder = await processLockHolder(join(folder, 'in-use'));
    if (holder === undefined) await rm(folder, { recursive: true, force: true });
  }
}
