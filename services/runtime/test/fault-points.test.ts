import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, expect, test } from '@boxoffice/runtime/testing/tests';

import { noFaults, planFault, readFaultPoints, standingAt } from '../fault-points.ts';

let folder: string;
let file: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'boxoffice-faults-'));
  file = join(folder, 'fault');
});

afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

/** Reaches points in a process of its own, at once, and tells how that ends. */
async function reached(points: readonly string[]): Promise<{ code: number | null; signal: string | null }> {
  const module = JSON.stringify(join(import.meta.dirname, '../fault-points.ts'));
  const script = `
    import { readFaultPoints } from ${module};
    const faults = readFaultPoints(process.env);
    const all = Promise.all(${JSON.stringify(points)}.map((point) => faults.reach(point)));
    await Promise.race([all, new Promise((resolve) => setTimeout(resolve, 100, 'stands'))]).then((how) => {
      process.exit(how === 'stands' ? 3 : 0);
    });`;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', script], {
    env: { ...process.env, FAULT_FILE: file },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const [code, signal] = (await once(child, 'exit')) as [number | null, string | null];
  return { code, signal };
}

test('a program dies at the point of the plan, once', async () => {
  planFault(file, { deadly: { 'a/written': 1 } });
  expect(await reached(['a/committed', 'b/written'])).toEqual({ code: 0, signal: null });
  expect(await reached(['a/written'])).toEqual({ code: null, signal: 'SIGKILL' });
  await expect(access(file)).rejects.toThrow('ENOENT');
  expect(await reached(['a/written'])).toEqual({ code: 0, signal: null });
});

test('callers stand at their points until all are there who are to die together; later ones pass', async () => {
  planFault(file, { deadly: { 'a/written': 2, 'b/asked': 1 } });
  expect(await reached(['a/written', 'a/written', 'a/written'])).toEqual({ code: 3, signal: null });
  expect(standingAt(file)).toEqual(['a/written', 'a/written']);
  expect(await reached(['a/written', 'b/asked', 'a/written'])).toEqual({ code: null, signal: 'SIGKILL' });
});

test('nobody dies where callers only stand', async () => {
  planFault(file, { silent: { 'b/asked': 2 }, deadly: { 'a/written': 1 } });
  expect(await reached(['b/asked', 'b/asked'])).toEqual({ code: 3, signal: null });
  expect(await reached(['b/asked', 'a/written'])).toEqual({ code: null, signal: 'SIGKILL' });
});

test('nothing is planned where the environment says nothing, and nothing can be in production', async () => {
  expect(readFaultPoints({ NODE_ENV: 'production' })).toBe(noFaults);
  await expect(noFaults.reach('a/written')).resolves.toBeUndefined();
  expect(() => readFaultPoints({ FAULT_FILE: file, NODE_ENV: 'production' })).toThrow('FAULT_FILE is for tests');
});
