import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, expect, test } from '@boxoffice/runtime/testing/tests';

import { acquireProcessLock, LockedError, processLockHolder, startTime } from '../process-lock.ts';

let dir: string;
let path: string;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'boxoffice-lock-'));
  path = join(dir, 'lock');
});

afterEach(async () => {
  await rm(dir, { recursive: true, force: true });
});

test('one of many gets the lock, the others hear who has it, and it can be had again afterwards', async () => {
  const attempts = await Promise.allSettled(Array.from({ length: 20 }, () => acquireProcessLock(path)));
  const won = attempts.filter((attempt) => attempt.status === 'fulfilled');
  const lost = attempts.filter((attempt) => attempt.status === 'rejected');
  expect(won).toHaveLength(1);
  expect(lost.every(({ reason }) => reason instanceof LockedError && reason.pid === process.pid)).toBe(true);
  expect(await processLockHolder(path)).toBe(process.pid);

  await won[0]?.value[Symbol.asyncDispose]();
  expect(await processLockHolder(path)).toBeUndefined();
  await using again = await acquireProcessLock(path);
  expect(again).toBeDefined();
});

test('one of many takes over the lock of a dead process, time and again', async () => {
  for (let time = 1; time <= 10; time += 1) {
    const child = spawn('sleep', ['60']);
    const startedAt = await startTime(child.pid ?? 0);
    child.kill('SIGKILL');
    await once(child, 'exit');
    await mkdir(path, { recursive: true });
    const [highest = '0'] = (await readdir(path)).sort((a, b) => Number(b) - Number(a));
    await writeFile(join(path, String(Number(highest) + 1)), JSON.stringify({ pid: child.pid, startedAt }));

    const attempts = await Promise.allSettled(Array.from({ length: 20 }, () => acquireProcessLock(path)));
    const won = attempts.filter((attempt) => attempt.status === 'fulfilled');
    expect(won).toHaveLength(1);
    await won[0]?.value[Symbol.asyncDispose]();
    expect(await readdir(path)).toHaveLength(1);
  }
});

test('a lock whose number belongs to a younger process counts for nothing', async () => {
  await mkdir(path);
  await writeFile(join(path, '7'), JSON.stringify({ pid: process.pid, startedAt: 'before the reboot' }));
  await using lock = await acquireProcessLock(path);
  expect(lock).toBeDefined();
});

test('a lock that makes no sense counts for nothing', async () => {
  await mkdir(path);
  await writeFile(join(path, '1'), '{"pid"');
  await using lock = await acquireProcessLock(path);
  expect(await processLockHolder(path)).toBe(process.pid);
  expect(lock).toBeDefined();
});

test('many processes that take turns are never two at a time', async () => {
  const child = join(import.meta.dirname, 'take-turns.ts');
  const counter = join(dir, 'counter');
  await writeFile(counter, '0');
  const exits = Array.from({ length: 4 }, () =>
    once(spawn(process.execPath, [child, path, counter, '25'], { stdio: ['ignore', 'inherit', 'inherit'] }), 'exit'),
  );
  expect(await Promise.all(exits)).toEqual(Array(4).fill([0, null]));
  expect(await readFile(counter, 'utf8')).toBe('100');
});
