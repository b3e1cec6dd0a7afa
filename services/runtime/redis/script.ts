import { createHash } from 'node:crypto';

import type { Redis } from 'ioredis';

/** A script that Redis runs as one step. */
export interface Script {
  /** Runs it; texts in its answer come as bytes. @throws Error when Redis is away, too slow, or refuses it. */
  run(client: Redis, keys: readonly string[], values: readonly (string | number | Buffer)[]): Promise<unknown>;
}

/** A script by its source. It is sent to a server once; from then on by its hash. */
export function script(lua: string): Script {
  const hash = createHash('sha1').update(lua).digest('hex');
  return {
    async run(client, keys, values) {
      const parts = [...keys, ...values];
      try {
        return await client.callBuffer('EVALSHA', [hash, keys.length, ...parts]);
      } catch (error) {
        if (!(error instanceof Error && error.message.startsWith('NOSCRIPT'))) throw error;
        return client.callBuffer('EVAL', [lua, keys.length, ...parts]);
      }
    },
  };
}
