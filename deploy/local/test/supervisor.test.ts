import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

import { expect, test } from '@boxoffice/runtime/testing/tests';

import type { Output } from '../output.ts';
import { findPorts } from '../ports.ts';
import { httpProbe } from '../probe.ts';
import { supervise, type Program } from '../supervisor.ts';
import { isAlive, until } from './until.ts';

/** Remembers what is shown. */
function recorder(): Output & { readonly lines: string[]; readonly notes: string[] } {
  const lines: string[] = [];
  const notes: string[] = [];
  return { lines, notes, line: (name, text) => lines.push(`${name} ${text}`), note: (text) => notes.push(text) };
}

async function fakes(environments: Record<string, NodeJS.ProcessEnv>): Promise<Program[]> {
  const names = Object.keys(environments);
  const ports = await findPorts(
    '127.0.0.1',
    names.map((variable) => ({ variable, port: 0 })),
  );
  return names.map((name, index) => ({
    name,
    main: join(import.meta.dirname, 'fake-program.ts'),
    env: { ...process.env, NAME: name, PORT: String(ports[index]), ...environments[name] },
    probe: httpProbe(`http://127.0.0.1:${ports[index]}/`),
  }));
}

async function pidOf(supervisor: { pidOf(name: string): number | undefined }, name: string): Promise<number> {
  await until(async () => supervisor.pidOf(name) !== undefined);
  return supervisor.pidOf(name) ?? 0;
}

test('programs are well when supervise returns, and end in the reverse order', async () => {
  const output = recorder();
  const programs = await fakes({ first: {}, second: {}, third: {} });
  const supervisor = await supervise({ programs, output });
  const pids = await Promise.all(supervisor.names.map((name) => pidOf(supervisor, name)));
  expect(await Promise.all(programs.map(({ probe }) => probe(1_000)))).toEqual([true, true, true]);

  await supervisor[Symbol.asyncDispose]();
  expect(await Promise.all(pids.map(isAlive))).toEqual([false, false, false]);
  const order = output.lines.filter((line) => line.includes('ended')).map((line) => line.split(' ')[0]);
  expect(order).toEqual(['third', 'second', 'first']);
});

test('a killed program is started again and the others are left alone', async () => {
  const output = recorder();
  const programs = await fakes({ one: {}, other: {} });
  await using supervisor = await supervise({ programs, output });
  const other = await pidOf(supervisor, 'other');
  for (let time = 1; time <= 3; time += 1) {
    const killed = await pidOf(supervisor, 'one');
    process.kill(killed, 'SIGKILL');
    await until(async () => output.notes.filter((note) => note === 'one is back').length === time);
    expect(await pidOf(supervisor, 'one')).not.toBe(killed);
  }
  expect(await pidOf(supervisor, 'other')).toBe(other);
  expect(output.notes.filter((note) => note.includes('SIGKILL'))).toEqual([
    'one was ended by SIGKILL; it is started again in 100 ms',
    'one was ended by SIGKILL; it is started again in 200 ms',
    'one was ended by SIGKILL; it is started again in 400 ms',
  ]);
});

test('a program that ends before it is well fails the start with its own words, and the others are ended', async () => {
  const output = recorder();
  const programs = await fakes({ good: {}, bad: { FAULT: 'DATABASE_URL is not set' } });
  await expect(supervise({ programs, output })).rejects.toThrow(
    'bad ended with code 1 before it was ready:\nDATABASE_URL is not set',
  );
  expect(await programs[0]?.probe(1_000)).toBe(false);
});

test('a program that never gets well fails the start', async () => {
  const [program] = await fakes({ ill: {} });
  if (!program) throw new Error('no program');
  const ill = { ...program, probe: async () => false };
  await expect(supervise({ programs: [ill], output: recorder(), healthyLimitMs: 500 })).rejects.toThrow(/ill .* ready/);
});

test('a program that does not listen is killed in time', async () => {
  const programs = await fakes({ good: {}, deaf: { DEAF: '1' } });
  const supervisor = await supervise({ programs, output: recorder(), stopLimitMs: 1_000 });
  const pids = await Promise.all(supervisor.names.map((name) => pidOf(supervisor, name)));
  const begin = performance.now();
  await supervisor[Symbol.asyncDispose]();
  expect(performance.now() - begin).toBeLessThan(3_000);
  expect(await Promise.all(pids.map(isAlive))).toEqual([false, false]);
});

test('a start that is given up leaves nothing behind', async () => {
  const programs = await fakes({ good: {}, ill: {} });
  const stop = new AbortController();
  const output = recorder();
  const starting = supervise({
    programs: programs.map((program) => ({ ...program, probe: async () => false })),
    output,
    signal: stop.signal,
  });
  await until(async () => output.lines.filter((line) => line.includes('ready')).length === 2);
  stop.abort(new Error('Ctrl-C'));
  await expect(starting).rejects.toThrow('Ctrl-C');
  expect(await Promise.all(programs.map(({ probe }) => probe(500)))).toEqual([false, false]);
});

test('no program outlives a supervisor that was killed, not even one that does not listen', async () => {
  const holder = spawn(process.execPath, [join(import.meta.dirname, 'hold-programs.ts')], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = (await once(createInterface(holder.stdout), 'line')) as [string];
  const pids = JSON.parse(line) as number[];
  expect(await Promise.all(pids.map(isAlive))).toEqual([true, true]);
  holder.kill('SIGKILL');
  await until(async () => !(await Promise.all(pids.map(isAlive))).includes(true));
});
