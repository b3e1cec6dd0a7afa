import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { link, mkdir, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** The lock is held by a process that is alive. */
export class LockedError extends Error {
  readonly pid: number;

  constructor(path: string, pid: number) {
    super(`${path} is held by process ${pid}`);
    this.name = 'LockedError';
    this.pid = pid;
  }
}

interface Holder {
  readonly pid: number;
  /** When that process started, in the system's own words: a pid alone may be somebody else's by now. */
  readonly startedAt: string;
}

const attemptsMax = 100;

/**
 * Takes the lock that a folder is, for this process; disposing gives it back. A process that is dead holds nothing, also when
 * its pid has been given to another process since (after a reboot, in a restarted container).
 *
 * The folder has numbered files, and who is named in the highest one holds the lock. `link` makes a file with its content or
 * fails if the number is taken, so one of many gets the next number. A number is deleted only when a higher one is there,
 * and is never deleted by giving back; so whoever gets a number again that was deleted finds a higher one, and yields.
 *
 * @throws LockedError when a living process holds it.
 */
export async function acquireProcessLock(dir: string): Promise<AsyncDisposable> {
  await mkdir(dir, { recursive: true, mode: 0o700 });
  const mine: Holder = { pid: process.pid, startedAt: (await startTime(process.pid)) ?? '' };
  const draft = join(dir, `draft-${randomUUID()}`);
  await writeFile(draft, JSON.stringify(mine), { mode: 0o644 });
  try {
    for (let attempt = 0; attempt < attemptsMax; attempt += 1) {
      const highest = await highestIn(dir);
      const pid = await holderOf(join(dir, String(highest)));
      if (pid !== undefined) throw new LockedError(dir, pid);
      const path = join(dir, String(highest + 1));
      if (!(await linked(draft, path))) continue;
      if ((await highestIn(dir)) === highest + 1) {
        await removeBelow(dir, highest + 1);
        return { [Symbol.asyncDispose]: () => release(path) };
      }
      await rm(path, { force: true });
    }
  } finally {
    await rm(draft, { force: true });
  }
  throw new Error(`${dir} changes hands faster than it can be taken`);
}

/** The living process that holds the lock, if any. */
export async function processLockHolder(dir: string): Promise<number | undefined> {
  return await holderOf(join(dir, String(await highestIn(dir))));
}

async function highestIn(dir: string): Promise<number> {
  return Math.max(0, ...(await numbersIn(dir)));
}

async function numbersIn(dir: string): Promise<number[]> {
  try {
    return (await readdir(dir)).filter((name) => /^\d+$/.test(name)).map(Number);
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return [];
    throw error;
  }
}

async function removeBelow(dir: string, number: number): Promise<void> {
  for (const lower of await numbersIn(dir)) {
    if (lower < number) await rm(join(dir, String(lower)), { force: true });
  }
}

async function linked(draft: string, path: string): Promise<boolean> {
  try {
    await link(draft, path);
    return true;
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return false;
    throw error;
  }
}

/** Leaves the number in place, without a name. */
async function release(path: string): Promise<void> {
  try {
    await truncate(path);
  } catch (error) {
    if (!hasCode(error, 'ENOENT')) throw error; // Somebody has deleted the whole folder.
  }
}

async function holderOf(path: string): Promise<number | undefined> {
  const content = await read(path);
  return content === undefined ? undefined : await livingHolder(content);
}

async function livingHolder(content: string): Promise<number | undefined> {
  const holder = parse(content);
  if (!holder) return undefined;
  const startedAt = await startTime(holder.pid);
  return startedAt !== undefined && startedAt === holder.startedAt ? holder.pid : undefined;
}

function parse(content: string): Holder | undefined {
  try {
    const value: unknown = JSON.parse(content);
    if (typeof value !== 'object' || value === null || !('pid' in value) || !('startedAt' in value)) return undefined;
    const { pid, startedAt } = value;
    return typeof pid === 'number' && typeof startedAt === 'string' ? { pid, startedAt } : undefined;
  } catch {
    return undefined; // Given back, or cut short by a full disk.
  }
}

/** When the process started, or nothing if there is no such process (or only its unburied remains). */
export async function startTime(pid: number): Promise<string | undefined> {
  if (process.platform === 'linux') {
    const stat = await read(`/proc/${pid}/stat`);
    if (stat === undefined) return undefined;
    // The second field, the program's name in brackets, may hold spaces and brackets itself.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const bootId = (await read('/proc/sys/kernel/random/boot_id'))?.trim() ?? '';
    return fields[0] === 'Z' ? undefined : `${bootId} ${fields[19] ?? ''}`;
  }
  try {
    const { stdout } = await promisify(execFile)('ps', ['-o', 'lstart=', '-p', String(pid)]);
    return stdout.trim() || undefined;
  } catch {
    return undefined; // `ps` ends with 1 when there is no such process.
  }
}

async function read(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (hasCode(error, 'ENOENT') || hasCode(error, 'ESRCH')) return undefined;
    throw error;
  }
}

function hasCode(error: unknown, code: string): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === code;
}
