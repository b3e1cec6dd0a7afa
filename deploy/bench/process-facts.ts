import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';

const pageBytes = 4_096;
const lookEveryMs = 1_000;
const looksMax = 20;
/** It has settled when it stays within this share for so many looks. */
const settledShare = 0.01;
const settledLooks = 4;

/** The memory of a process that is in RAM. Linux only. @throws Error when there is no such process. */
export async function residentBytes(pid: number): Promise<number> {
  const [, pages] = (await readFile(`/proc/${pid}/statm`, 'utf8')).split(' ');
  return Number(pages) * pageBytes;
}

/** The same once it stays as it is, after 20 s at the latest. */
export async function settledResidentBytes(pid: number, signal: AbortSignal): Promise<number> {
  const looks: number[] = [];
  for (let look = 0; look < looksMax; look++) {
    looks.push(await residentBytes(pid));
    const last = looks.slice(-settledLooks);
    const spread = Math.max(...last) - Math.min(...last);
    if (last.length === settledLooks && spread <= settledShare * Math.max(...last)) break;
    await delay(lookEveryMs, undefined, { signal });
  }
  return looks.at(-1) ?? 0;
}

/** How many files a process may have open; Node raises the soft limit to the hard one. */
export async function openFilesMax(): Promise<number> {
  const limits = await readFile('/proc/self/limits', 'utf8').catch(() => '');
  const [, hard] = /^Max open files\s+\S+\s+(\d+)/m.exec(limits) ?? [];
  return hard === undefined ? Infinity : Number(hard);
}
