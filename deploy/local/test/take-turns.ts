/** Adds to a number in a file, which goes wrong when two do it at once. */
import { readFile, writeFile } from 'node:fs/promises';

import { acquireProcessLock, LockedError } from '../process-lock.ts';

const [lock = '', counter = '', times = '0'] = process.argv.slice(2);
for (let done = 0; done < Number(times);) {
  try {
    const turn = await acquireProcessLock(lock);
    await writeFile(counter, String(Number(await readFile(counter, 'utf8')) + 1));
    await turn[Symbol.asyncDispose]();
    done += 1;
  } catch (error) {
    if (!(error instanceof LockedError)) throw error;
  }
}
