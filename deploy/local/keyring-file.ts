import { mkdir, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import { parseKeyring, saveKeyring, type KeyEntry } from '@boxoffice/runtime/key-file';

import { acquireProcessLock, LockedError } from './process-lock.ts';

const lockAttemptsMax = 100;
const lockIntervalMs = 50;

/**
 * Reads the entries of a keys file; none where there is no file.
 *
 * @throws Error when the file is not a keys file.
 */
export async function readEntries(path: string): Promise<KeyEntry[]> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    if (typeof error === 'object' && error !== null && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  });
  return text === undefined ? [] : parseKeyring(text);
}

/** Changes a keys file while nobody else does. Programs that follow the file take the change over within two seconds. */
export async function editEntries(path: string, edit: (entries: KeyEntry[]) => readonly KeyEntry[]): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const turn = await takeTurn(`${path}.lock`);
  try {
    await saveKeyring(path, edit(await readEntries(path)));
  } finally {
    await turn[Symbol.asyncDispose]();
  }
}

async function takeTurn(path: string): Promise<AsyncDisposable> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await acquireProcessLock(path);
    } catch (error) {
      if (!(error instanceof LockedError) || attempt === lockAttemptsMax) throw error;
      await delay(lockIntervalMs);
    }
  }
}
