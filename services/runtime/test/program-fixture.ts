import { createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

import { env, readConfig } from '../config.ts';
import { run, type App, type ProgramContext } from '../program.ts';

/** A program that does, on the word of BEHAVIOUR, what a program should not. */
await run('fixture', async ({ env: environment, log, signal }: ProgramContext): Promise<App> => {
  const config = readConfig(
    {
      behaviour: env.oneOf('BEHAVIOUR', [
        'well',
        'hang',
        'slow start',
        'bad end',
        'idle',
        'throw',
        'reject',
        'no start',
      ]),
      port: env.port('PORT', { default: 0 }),
    },
    environment,
  );
  const { behaviour } = config;
  log.info({ behaviour }, 'starting');
  if (behaviour === 'no start') throw new Error('the port is taken');
  if (behaviour === 'slow start') await delay(60_000, undefined, { signal });
  if (behaviour === 'throw') setTimeout(() => throwUncaught());
  if (behaviour === 'reject') void Promise.reject(new Error('nobody caught this'));
  const told = { isReady: () => true, drain: () => undefined };
  if (behaviour === 'idle')
    return { address: 'nowhere', ...told, [Symbol.asyncDispose]: async () => log.info('disposed') };

  const server = createServer().listen(config.port);
  return {
    address: 'somewhere:1',
    ...told,
    async [Symbol.asyncDispose]() {
      log.info('disposing');
      if (behaviour === 'hang') await delay(60_000);
      if (behaviour === 'bad end') throw new Error('could not end');
      server.close();
      log.info('disposed');
    },
  };
});

function throwUncaught(): never {
  throw new Error('nobody caught this');
}
