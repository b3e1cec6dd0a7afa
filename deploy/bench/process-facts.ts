import { readdir, readFile } from 'node:fs/promises';
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

const ticksASecond = 100;

/** What `/proc/<pid>/stat` tells of a process. */
interface Stat {
  readonly parent: number;
  /** Processor time, in seconds: its own, and that of its children that have ended. */
  readonly cpuSeconds: number;
}

async function statOf(pid: number): Promise<Stat> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8');
  // Behind the name, which may have anything in it.
  const fields = text
    .slice(text.lastIndexOf(')') + 2)
    .split(' ')
    .map(Number);
  const ticks = fields.slice(11, 15).reduce((sum, time) => sum + time, 0);
  return { parent: fields[1] ?? 0, cpuSeconds: ticks / ticksASecond };
}

/** The parent of a process. Linux only. @throws Error when there is no such process. */
export async function parentOf(pid: number): Promise<number> {
  return (await statOf(pid)).parent;
}

/**
 * The processor time that a process and its children have had, in seconds. Linux only.
 *
 * @throws Error when there is no such process.
 */
export async function cpuSecondsOf(pid: number): Promise<number> {
  let seconds = (await statOf(pid)).cpuSeconds;
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const stat = await statOf(Number(name)).catch(() => undefined); // It has ended since.
    if (stat?.parent === pid) seconds += stat.cpuSeconds;
  }
  return seconds;
}

/** How many files a process may have open; Node raises the soft limit to the hard one. */
export async function openFilesMax(): Promise<number> {
  const limits = await readFile('/proc/self/limits', 'utf8').catch(() => '');
  const [, hard] = /^Max open files\s+\S+\s+(\d+)/m.exec(limits) ?? [];
  return hard === undefined ? Infinity : Number(hard);
}
