import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmod, chown, cp, mkdir, mkdtemp, readFile, readdir, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@boxoffice/runtime/testing/tests';
import pg from 'pg';

import { startPostgres } from '../postgres.ts';
import { isAlive, until } from './until.ts';

const isRoot = process.getuid?.() === 0;
const isLinux = process.platform === 'linux';

let template: string;
let home: string;
let dataDir: string;

beforeAll(async () => {
  template = await mkdtemp(join(tmpdir(), 'boxoffice-template-'));
  await (await startPostgres({ dataDir: template, durability: 'off' })).stop();
});

afterAll(async () => {
  await rm(template, { recursive: true, force: true });
});

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'boxoffice postgres '));
  await chmod(home, 0o700);
  dataDir = join(home, "o'brien's data", 'postgres');
});

/** For the tests that are not about making a cluster. */
async function useTemplate(): Promise<void> {
  await cp(template, dataDir, { recursive: true });
}

afterEach(async () => {
  await rm(home, { recursive: true, force: true });
});

async function query<Row extends pg.QueryResultRow>(url: string, sql: string): Promise<Row[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Row>(sql)).rows;
  } finally {
    await client.end();
  }
}

/** A process that has PostgreSQL running on the folder; it may run as another user. */
async function holder(dir: string, options: { uid?: number; env?: NodeJS.ProcessEnv; prefix?: string[] } = {}) {
  const { uid, env = {} } = options;
  const child = spawn(process.execPath, [join(import.meta.dirname, 'hold-postgres.ts'), dir], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
    ...(uid !== undefined && { uid, gid: uid }),
  });
  let errors = '';
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
  const line = await Promise.race([
    once(createInterface(child.stdout), 'line').then(([text]: string[]) => text),
    once(child, 'exit').then(() => undefined),
  ]);
  if (line === undefined) throw new Error(errors);
  return { child, ...(JSON.parse(line) as { url: string; pid: number }) };
}

async function kill(child: ChildProcess): Promise<void> {
  child.kill('SIGKILL');
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
}

describe('a server of our own', () => {
  test('keeps its data from one start to the next, in a folder with an awkward name', async () => {
    const first = await startPostgres({ dataDir });
    await query(first.url, 'create table kept as select 42 as answer');
    await first.stop();
    expect(await isAlive(first.pid)).toBe(false);

    await using second = await startPostgres({ dataDir });
    expect(await query(second.url, 'select answer from kept')).toEqual([{ answer: 42 }]);
    const [settings] = await query<Record<string, string>>(
      second.url,
      `select current_setting('fsync') as fsync, current_setting('server_encoding') as encoding,
              current_setting('max_connections')::int >= 200 as wide, current_setting('timezone') as timezone`,
    );
    expect(settings).toEqual({ fsync: 'on', encoding: 'UTF8', wide: true, timezone: 'UTC' });
  });

  test('listens on the loopback only and asks for the password, which only its owner may read', async () => {
    await useTemplate();
    await using server = await startPostgres({ dataDir, durability: 'off', settings: { max_connections: '50' } });
    const wrong = new URL(server.url);
    wrong.password = 'wrong';
    await expect(query(wrong.href, 'select 1')).rejects.toThrow(/password authentication failed/);
    const [row] = await query(
      server.url,
      `select current_setting('listen_addresses') as host, current_setting('unix_socket_directories') as sockets,
              current_setting('fsync') as fsync, current_setting('max_connections') as connections`,
    );
    expect(row).toEqual({ host: '127.0.0.1', sockets: '', fsync: 'off', connections: '50' });
    expect((await stat(join(dataDir, 'password'))).mode & 0o777).toBe(0o600);
    expect((await stat(dataDir)).mode & 0o777).toBe(0o700);
  });

  test('starts after its postmaster was killed', async () => {
    await useTemplate();
    const first = await startPostgres({ dataDir });
    await query(first.url, 'create table kept as select 1 as one');
    process.kill(first.pid, 'SIGKILL');
    expect(await first.ended).toContain('SIGKILL');
    await first.stop();
    expect(await readdir(join(dataDir, 'cluster'))).toContain('postmaster.pid');

    await using second = await startPostgres({ dataDir });
    expect(await query(second.url, 'select one from kept')).toEqual([{ one: 1 }]);
  });

  test('starts over a lock file whose number belongs to another program by now', async () => {
    await useTemplate();
    await writeFile(join(dataDir, 'cluster', 'postmaster.pid'), `${process.pid}\n${join(dataDir, 'cluster')}\n`);

    await using server = await startPostgres({ dataDir, durability: 'off' });
    expect(await query(server.url, 'select 1 as one')).toEqual([{ one: 1 }]);
  });

  test('is refused on data that are in use, and leaves the first one alone', async () => {
    await useTemplate();
    await using first = await startPostgres({ dataDir, durability: 'off' });
    await expect(startPostgres({ dataDir, durability: 'off' })).rejects.toThrow(`in use by process ${process.pid}`);
    expect(await query(first.url, 'select 1 as one')).toEqual([{ one: 1 }]);
  });

  test('names a port that is taken', async () => {
    await useTemplate();
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as AddressInfo;
    await expect(startPostgres({ dataDir, port, durability: 'off' })).rejects.toThrow(`Port ${port} is taken.`);
    taken.close();
    await using server = await startPostgres({ dataDir, port, durability: 'off' });
    expect(server.port).toBe(port);
  });

  test('makes the cluster again when the first attempt was cut short', async () => {
    await mkdir(join(dataDir, 'cluster.draft', 'base'), { recursive: true });
    await writeFile(join(dataDir, 'password'), 'of the attempt\n');
    await using server = await startPostgres({ dataDir, durability: 'off' });
    expect(await query(server.url, 'select 1 as one')).toEqual([{ one: 1 }]);
  });

  test('says so when the data are of another major version', async () => {
    await mkdir(join(dataDir, 'cluster'), { recursive: true });
    await writeFile(join(dataDir, 'cluster', 'PG_VERSION'), '17\n');
    await expect(startPostgres({ dataDir })).rejects.toThrow('of PostgreSQL 17; this is 18');
  });
});

describe('the end of the process that started it', () => {
  test('is the end of the server, by a fast shutdown, even when it was killed', async () => {
    const { child, pid, url } = await holder(dataDir);
    await query(url, 'create table kept as select 1 as one');
    await kill(child);
    await until(async () => !(await isAlive(pid)));
    // A fast shutdown takes its lock file along; a crash leaves it.
    expect(await readdir(join(dataDir, 'cluster'))).not.toContain('postmaster.pid');

    await using server = await startPostgres({ dataDir, durability: 'off' });
    expect(await query(server.url, 'select one from kept')).toEqual([{ one: 1 }]);
  });

  (isLinux ? test : test.skip)(
    'leaves a server that the next start ends, when the watcher was killed too',
    async () => {
      await useTemplate();
      const { child, pid } = await holder(dataDir);
      await killWatcher(pid);
      await kill(child);
      expect(await isAlive(pid)).toBe(true);

      await using server = await startPostgres({ dataDir, durability: 'off' });
      expect(await isAlive(pid)).toBe(false);
      expect(await query(server.url, 'select 1 as one')).toEqual([{ one: 1 }]);
    },
  );
});

/** Kills the shell that would end the server: the one in the server's session that is not PostgreSQL's. */
async function killWatcher(postmaster: number): Promise<void> {
  for (const entry of await readdir('/proc')) {
    const pid = Number(entry);
    if (!Number.isInteger(pid)) continue;
    const line = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
    const session = Number(line.slice(line.lastIndexOf(')') + 2).split(' ')[3]);
    if (session === postmaster && line.includes('(sh)')) process.kill(pid, 'SIGKILL');
  }
}

(isRoot && isLinux ? describe : describe.skip)('an account that is not root', () => {
  const user = 54321;
  /** Another user can run this checkout only where they may read it, which beneath a 0700 home they may not. */
  const { status } = spawnSync(process.execPath, ['--version'], { uid: user, gid: user, cwd: '/' });
  const isReadable = status === 0;
  const testAsUser = isReadable ? test : test.skip;

  testAsUser('is the user of an ordinary start, beneath a home that only they may enter', async () => {
    await chown(home, user, user);
    const { child, url, pid } = await holder(dataDir, { uid: user });
    expect((await stat(`/proc/${pid}`)).uid).toBe(user);
    expect(await query(url, 'select 1 as one')).toEqual([{ one: 1 }]);
    await kill(child);
    await until(async () => !(await isAlive(pid)));
  });

  testAsUser('is the owner of the folder when root starts it on the data of another user', async () => {
    await chown(home, user, user);
    const first = await holder(dataDir, { uid: user });
    await query(first.url, 'create table kept as select 1 as one');
    await kill(first.child);
    await until(async () => !(await isAlive(first.pid)));

    await using server = await startPostgres({ dataDir, durability: 'off' });
    expect((await stat(`/proc/${server.pid}`)).uid).toBe(user);
    expect(await query(server.url, 'select one from kept')).toEqual([{ one: 1 }]);
  });

  /** A machine with these commands and no other, `unshare` least of all. */
  async function commands(...names: string[]): Promise<NodeJS.ProcessEnv> {
    const bin = join(home, 'bin');
    await mkdir(bin);
    for (const name of names) await symlink(`/usr/bin/${name}`, join(bin, name));
    return { PATH: bin };
  }

  test('is nobody where user namespaces are not to be had, as in containers', async () => {
    const env = await commands('setpriv', 'id', 'cat', 'sleep');
    const { child, url, pid } = await holder(dataDir, { env });
    expect((await stat(`/proc/${pid}`)).uid).toBe(65534);
    await query(url, 'create table kept as select 1 as one');
    await kill(child);
    await until(async () => !(await isAlive(pid)));

    // What is nobody's by now stays so, unless only root may read the programs and there are namespaces again.
    await using server = await startPostgres({ dataDir, durability: 'off' });
    expect((await stat(`/proc/${server.pid}`)).uid).toBe(isReadable ? 65534 : 0);
    expect(await query(server.url, 'select one from kept')).toEqual([{ one: 1 }]);
  });

  test('is plain nobody where there is no tool at all, given a folder that it may enter', async () => {
    const env = await commands('id', 'cat', 'sleep');
    await expect(holder(dataDir, { env })).rejects.toThrow(/does not run as root.*set BOXOFFICE_HOME/s);
    await chmod(home, 0o711);
    await chmod(join(dataDir, '..'), 0o711);
    const { child, url, pid } = await holder(dataDir, { env });
    expect((await stat(`/proc/${pid}`)).uid).toBe(65534);
    expect(await query(url, 'select 1 as one')).toEqual([{ one: 1 }]);
    await kill(child);
    await until(async () => !(await isAlive(pid)));
  });
});
