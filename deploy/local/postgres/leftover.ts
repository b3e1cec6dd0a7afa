import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import { startTime } from '../process-lock.ts';
import { fastShutdownLimitMs } from './cluster.ts';

/**
 * PostgreSQL refuses to start while there is any process with the number in its lock file: a stranger after a reboot, or
 * remains that nobody buries in a container. The rest of the file has to stay: by it PostgreSQL sees whether backends of a
 * killed postmaster still work on the data.
 */
const noProcess = '99999999';

/** Ends the server that a dead process has left on the data; nothing else that has its number by now. */
export async function endLeftover(cluster: string): Promise<void> {
  const pidFile = join(cluster, 'postmaster.pid');
  const content = await readFile(pidFile, 'utf8').catch(() => undefined);
  if (content === undefined) return;
  const pid = Number.parseInt(content, 10);
  const startedAt = await startTime(pid);
  if (startedAt === undefined || !(await isPostgresOn(pid, cluster))) {
    await writeFile(pidFile, content.replace(/^\d+/, noProcess));
    return;
  }
  for (const signal of ['SIGINT', 'SIGQUIT'] as const) {
    signalIfThere(pid, signal);
    for (let waitedMs = 0; waitedMs < fastShutdownLimitMs; waitedMs += 50) {
      if ((await startTime(pid)) !== startedAt) return;
      await delay(50);
    }
  }
  throw new Error(`An earlier PostgreSQL (process ${pid}) still runs on ${cluster} and does not end.`);
}

async function isPostgresOn(pid: number, cluster: string): Promise<boolean> {
  if (process.platform !== 'linux') return true;
  const words = (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).split('\0');
  return words.includes(cluster);
}

function signalIfThere(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    const isGone = typeof error === 'object' && error !== null && 'code' in error && error.code === 'ESRCH';
    if (!isGone) throw error;
  }
}
