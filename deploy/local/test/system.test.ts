import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@boxoffice/runtime/testing/tests';

import type { Output } from '../output.ts';
import { panel } from '../panel.ts';
import { startSystem, type System, type SystemOptions } from '../system.ts';
import { findSystem } from '../system-plan.ts';
import { isAlive, until } from './until.ts';

const limitMs = 120_000;

let home: string;
let output: Output & { readonly notes: string[] };

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), "boxoffice's home "));
});

beforeEach(() => {
  const notes: string[] = [];
  output = { notes, line: () => undefined, note: (text) => notes.push(text) };
});

afterAll(async () => {
  await rm(home, { recursive: true, force: true });
});

async function start(options: Partial<SystemOptions> = {}, variables: NodeJS.ProcessEnv = {}): Promise<System> {
  const ports = { PORT: '0', QUEUE_PORT: '0', INVENTORY_PORT: '0', LEDGER_PORT: '0', WORKER_PORT: '0' };
  const own = { BOXOFFICE_HOME: home, LOG_LEVEL: 'warn', DATABASE_URL: '', KEYRING_FILE: '' };
  const environment = { ...process.env, ...own, ...ports, ...variables };
  return await startSystem({ environment, output, ...options });
}

async function get<T>(system: System, path: string): Promise<T> {
  const response = await fetch(`${system.url}/v1${path}`);
  if (!response.ok) throw new Error(`${path} answers ${response.status}: ${await response.text()}`);
  return (await response.json()) as T;
}

describe('a system', () => {
  let pids: number[];
  let concerts: { id: number }[];
  let operatorKey: string;

  test(
    'loads the catalogue once, and is alone with its data',
    async () => {
      const first = await start({ replicas: { worker: 2, queue: 2, bff: 2 } }, { OPERATIONS_PORT: '0' });
      ({ concerts } = await get<{ concerts: { id: number }[] }>(first, '/concerts'));
      expect(concerts.map(({ id }) => id).sort()).toEqual([1, 2, 3]);
      const { schedules } = await get<{ schedules: object[] }>(first, '/concerts/1/schedules');
      expect(schedules).toHaveLength(3);
      expect(schedules[0]).toMatchObject({ id: 1, totalSeats: 50, remainingSeats: 50 });
      expect(await get(first, '/members/1/balance')).toMatchObject({ balance: 1_000_000 });
      expect(await get(first, '/members/100/balance')).toMatchObject({ balance: 1_000_000 });
      expect(output.notes).toEqual(['Loaded 3 concerts on 8 dates and 100 members.']);
      expect(await panel(first, 1_234)).toContain(`api=${first.url}/v1`);

      expect(Object.keys(first.operations)).toEqual(first.supervisor.names);
      for (const port of Object.values(first.operations)) {
        expect((await fetch(`http://127.0.0.1:${port}/readyz`)).status).toBe(200);
      }

      // Each BFF by itself, as probes reach it, and all of them behind one port.
      expect(first.urls).toHaveLength(2);
      expect(first.urls).not.toContain(first.url);
      for (const own of first.urls) expect((await fetch(`${own}/readyz`)).status).toBe(200);
      expect(first.addresses.queue).toMatch(/^ipv4:127\.0\.0\.1:\d+,127\.0\.0\.1:\d+$/);
      expect(first.supervisor.names.every((name) => first.supervisor.isWell(name))).toBe(true);

      const { url, addresses, operations } = first;
      expect(await findSystem(home)).toMatchObject({ url, addresses, operations });
      expect((await stat(join(home, 'system.json'))).mode & 0o777).toBe(0o600);
      await expect(start()).rejects.toThrow(`already runs with the data in ${home} (process ${process.pid})`);

      pids = first.supervisor.names.map((name) => first.supervisor.pidOf(name) ?? 0);
      operatorKey = first.keys.operator;
      expect(pids).toHaveLength(8);
      await first[Symbol.asyncDispose]();
      expect(await Promise.all(pids.map(isAlive))).not.toContain(true);
      expect(await findSystem(home)).toBeUndefined();
    },
    limitMs,
  );

  test(
    'has its data and keys at the next start, and still when every program was killed, and the database too',
    async () => {
      await using second = await start();
      expect(await get(second, '/concerts')).toEqual({ concerts });
      expect(second.keys).toMatchObject({ operator: operatorKey });
      expect(output.notes).toEqual([]);

      for (const name of second.supervisor.names) process.kill(second.supervisor.pidOf(name) ?? 0, 'SIGKILL');
      const pidFile = await readFile(join(home, 'postgres/cluster/postmaster.pid'), 'utf8');
      process.kill(Number.parseInt(pidFile, 10), 'SIGKILL');
      await until(async () => {
        const isBack = second.supervisor.names.every((name) => output.notes.includes(`${name} is back`));
        return isBack && (await fetch(`${second.url}/readyz`).catch(() => undefined))?.ok === true;
      }, 60_000);
      expect(await get(second, '/concerts')).toEqual({ concerts });
    },
    limitMs,
  );

  test(
    'starts over when told to, and leaves alone what is not its own',
    async () => {
      await writeFile(join(home, 'of somebody else'), 'kept');
      await using third = await start({ fresh: true, catalogue: false });
      expect(await get(third, '/concerts')).toEqual({ concerts: [] });
      expect(third.keys.operator).not.toBe(operatorKey);
      expect(await readFile(join(home, 'of somebody else'), 'utf8')).toBe('kept');
    },
    limitMs,
  );
});

test('what is wrong with the environment is told before anything is started', async () => {
  await expect(start({}, { PORT: '80x', LEDGER_PORT: '70000', AUTH_MODE: 'none' })).rejects.toMatchObject({
    faults: [
      expect.stringContaining('PORT="80x"'),
      expect.stringContaining('LEDGER_PORT="70000"'),
      expect.stringContaining('AUTH_MODE="none"'),
    ],
  });
  await expect(start({ fresh: true }, { DATABASE_URL: 'postgresql://localhost/mine' })).rejects.toThrow(
    '--fresh deletes no data on a server of your own',
  );
});
