import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { testDatabase } from '@boxoffice/runtime/testing/database';
import { afterAll, beforeAll, expect, test } from '@boxoffice/runtime/testing/tests';

import { readOptions, UsageError } from '../demo/options.ts';
import { percentile } from '../demo/report.ts';
import { runDemo } from '../demo/run.ts';
import { Scene } from '../demo/scene.ts';
import { serviceNames } from '../keys.ts';
import { startSystem, type System } from '../system.ts';
import { startTimeoutMs } from './running-system.ts';
import { until } from './until.ts';

const resources = new AsyncDisposableStack();
let home: string;
let system: System;
/** What the programs say, for when something goes wrong. */
const said: string[] = [];

beforeAll(async () => {
  const { url } = resources.use(await testDatabase());
  home = await mkdtemp(join(tmpdir(), 'boxoffice-demo-'));
  resources.defer(() => rm(home, { recursive: true, force: true }));
  const ports = { PORT: '0', QUEUE_PORT: '0', INVENTORY_PORT: '0', LEDGER_PORT: '0', WORKER_PORT: '0' };
  const say = (text: string): void => void said.push(text);
  system = resources.use(
    await startSystem({
      environment: { ...process.env, ...ports, BOXOFFICE_HOME: home, DATABASE_URL: url, LOG_LEVEL: 'warn' },
      output: { line: (program, text) => say(`${program} ${text}`), note: say },
      catalogue: false,
    }),
  );
}, startTimeoutMs);

afterAll(() => resources.disposeAsync());

/** Kills one program after the other, each once the one before is back and the sale has gone on. */
async function killEach(scene: Scene): Promise<void> {
  for (const name of serviceNames) {
    const done = scene.done;
    await until(async () => scene.done > done + 2, 30_000);
    const pid = system.supervisor.pidOf(name);
    if (pid === undefined) throw new Error(`${name} does not run`);
    process.kill(pid, 'SIGKILL');
    await until(async () => ![pid, undefined].includes(system.supervisor.pidOf(name)), 30_000);
  }
}

test('an on-sale ends well though each of the five programs is killed in the middle of it', async () => {
  const options = { members: 80, seats: 20, maxActive: 8 };
  const scene = new Scene(options);
  const screen: string[] = [];
  const playing = runDemo(system, options, {
    scene,
    screen: { write: (text) => screen.push(text) },
    signal: AbortSignal.timeout(100_000),
  });
  const [{ ok, findings }] = await Promise.all([playing, killEach(scene)]);

  const killed = said.filter((line) => line.includes('was ended by SIGKILL')).map((line) => line.split(' ')[0]);
  expect(killed).toEqual([...serviceNames]);
  expect(findings.filter(({ verdict }) => verdict !== 'holds')).toEqual([]);
  expect(scene.surprises).toEqual([]);
  expect(scene).toMatchObject({ joined: 80, done: 80, waiting: 0, inside: 0 });
  expect(ok).toBe(true);
  expect(screen.join('')).toContain('What was acknowledged is there');
}, 120_000);

test('a demo that is ended leaves no queue open and writes its journal to the end', async () => {
  const options = { members: 20, seats: 5, maxActive: 1 };
  const scene = new Scene(options);
  const end = new AbortController();
  const playing = runDemo(system, options, { scene, screen: { write: () => undefined }, signal: end.signal });
  const ended = expect(playing).rejects.toThrow('enough');
  await until(async () => scene.admitted > 0, 30_000);
  end.abort(new Error('enough'));
  await ended;

  const facts = (await readFile(join(home, 'demo-journal.jsonl'), 'utf8'))
    .trimEnd()
    .split('\n')
    .slice(1)
    .map((line) => JSON.parse(line) as { kind: string; scheduleId: number });
  const scheduleId = facts.find(({ kind }) => kind === 'ticket')?.scheduleId ?? 0;
  const response = await fetch(`${system.url}/v1/admin/schedules/${scheduleId}/queue`, {
    headers: { Authorization: `Bearer ${system.keys.operator}` },
  });
  expect(await response.json()).toMatchObject({ state: 'CLOSED' });
}, 60_000);

test('options have defaults and limits', () => {
  expect(readOptions([])).toEqual({ members: 300, seats: 50, maxActive: 20 });
  expect(readOptions(['--members', '10', '--seats=5', '--max-active', '2'])).toEqual({
    members: 10,
    seats: 5,
    maxActive: 2,
  });
  expect(readOptions(['--help'])).toBeUndefined();
  for (const args of [
    ['--members', '0'],
    ['--seats', '1.5'],
    ['--members', '2001'],
    ['--max-active', 'x'],
    ['--fast'],
    ['x'],
  ]) {
    expect(() => readOptions(args)).toThrow(UsageError);
  }
});

test('a percentile is the value that so many do not exceed', () => {
  const values = Array.from({ length: 100 }, (_, index) => 100 - index);
  expect([percentile(values, 50), percentile(values, 95), percentile([7], 95)]).toEqual([50, 95, 7]);
});
