import { spawnSync } from 'node:child_process';

/** The program that tests of Redis start and kill. */
export const redisServer = 'redis-server';

/** Whether this machine has it on its PATH. */
export function isRedisInstalled(): boolean {
  return spawnSync(redisServer, ['--version']).status === 0;
}
