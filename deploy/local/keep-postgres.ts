import { setTimeout as delay } from 'node:timers/promises';

import type { Output } from './output.ts';
import { startPostgres, type Postgres } from './postgres.ts';

const restartWaitMs = 200;
const restartsMax = 10;
const stopLimitMs = 1_500;

/** What a person should hear of the server while all is well otherwise. */
const alarming = /\b(PANIC|terminated by signal|could not)\b/;

/**
 * Starts the embedded PostgreSQL, and starts it again on the same port when somebody kills it. Disposing ends it.
 *
 * @throws Error when it cannot be started; see `startPostgres`.
 */
export async function keepPostgres(dataDir: string, output: Output): Promise<{ url: string } & AsyncDisposable> {
  const start = (port: number): Promise<Postgres> =>
    startPostgres({
      dataDir,
      port,
      stopLimitMs,
      log: (line) => {
        if (alarming.test(line)) output.line('postgres', line);
      },
    });
  const life = new AbortController();
  const isOver = (): boolean => life.signal.aborted;
  let server = await start(0);
  const { url, port } = server;

  const watch = async (): Promise<void> => {
    for (let restarts = 0; restarts < restartsMax; restarts += 1) {
      const how = await server.ended;
      if (isOver()) return;
      output.note(`${how}; it is started again`);
      await server.stop();
      await delay(restartWaitMs);
      if (isOver()) return;
      server = await start(port);
    }
    output.note(`PostgreSQL was started again ${restartsMax} times; that is enough.`);
  };
  const watching = watch().catch((error: unknown) => {
    output.note(`PostgreSQL does not start again: ${error instanceof Error ? error.message : String(error)}`);
  });
  return {
    url,
    async [Symbol.asyncDispose]() {
      life.abort();
      await server.stop();
      await watching;
    },
  };
}
