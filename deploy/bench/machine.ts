import { execFile } from 'node:child_process';
import { open, readFile, rm } from 'node:fs/promises';
import { availableParallelism, cpus, release, totalmem, type } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { root } from '@boxoffice/local/settings';

import { median } from './figure.ts';

const writes = 50;
const pageBytes = 8_192;

/** On what was measured, and of what: name and value. */
export type Circumstances = readonly (readonly [name: string, value: string])[];

/** Tells on what is measured; the disk is the one of a folder. */
export async function circumstances(folder: string): Promise<Circumstances> {
  const cpu = cpus()[0]?.model.trim() ?? 'unknown';
  const kernel = await readFile('/proc/sys/kernel/osrelease', 'utf8').catch(() => release());
  return [
    ['date', new Date().toISOString().slice(0, 16).replace('T', ' ') + ' UTC'],
    ['commit', await commit()],
    ['machine', `${availableParallelism()} cores of ${cpu}, ${Math.round(totalmem() / 1024 ** 3)} GB`],
    ['system', `${type()} ${kernel.trim()}`],
    ['Node', process.version],
    ['disk', `${(await syncMs(folder)).toFixed(2)} ms for writing 8 KB with fdatasync (median of ${writes})`],
  ];
}

async function commit(): Promise<string> {
  const git = async (...args: string[]): Promise<string> =>
    (await promisify(execFile)('git', args, { cwd: root })).stdout.trim();
  try {
    const changed = await git('status', '--porcelain', '--untracked-files=no');
    return `${await git('rev-parse', '--short=12', 'HEAD')}${changed === '' ? '' : ', with changes'}`;
  } catch {
    return 'unknown'; // Not a checkout.
  }
}

/** How long the disk needs to keep a page: what a commit costs at least. */
async function syncMs(folder: string): Promise<number> {
  const path = join(folder, 'disk-probe');
  const page = Buffer.alloc(pageBytes, 1);
  const file = await open(path, 'w');
  const times: number[] = [];
  try {
    for (let turn = 0; turn < writes; turn++) {
      const begin = performance.now();
      await file.write(page, 0, pageBytes, turn * pageBytes);
      await file.datasync();
      times.push(performance.now() - begin);
    }
  } finally {
    await file.close();
    await rm(path, { force: true });
  }
  return median(times);
}
