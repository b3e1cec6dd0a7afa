import { once } from 'node:events';

import { Redis, type RedisOptions } from 'ioredis';

import { ConfigError, env } from '../config.ts';
import type { Logger } from '../log.ts';
import { noTelemetry, type Telemetry } from '../telemetry/telemetry.ts';
import { observeCommands } from './command-observer.ts';

/** The variable that says where Redis is; the same in every program. Without it, everything goes on without Redis. */
export const redisUrl = env.url('REDIS_URL', { optional: true });

/**
 * Redis, which may be away at any moment. Nothing that must be true depends on it: who uses it has something to fall back on.
 * Disposing closes all connections at once.
 */
export interface RedisConnection extends AsyncDisposable {
  /** For commands. One that cannot be sent at once fails at once; one that is not answered fails after 500 ms. */
  readonly client: Redis;
  /** Whether commands can be sent at this moment. */
  readonly available: boolean;
  /** What keys and channels of this database begin with; channels are not kept apart by Redis itself. */
  readonly prefix: string;
  /** One more connection, for what commands cannot share one with. It ends with this one. */
  open(purpose: string): Redis;
}

interface Options {
  /** `redis://` or, with TLS, `rediss://`; user, password and database (`/3`) in it where there are some. */
  readonly url: string;
  readonly log: Logger;
  /** Shown by Redis in its list of clients. */
  readonly name: string;
  /** What commands are measured and traced with. Default: nothing. */
  readonly telemetry?: Telemetry;
}

const connectTimeoutMs = 2_000;
const commandTimeoutMs = 500;
/** A server that answers nothing for so long is left: from then on commands fail at once, until another connection is made. */
const silenceMsMax = 2_000;
const retryMsMin = 100;
const retryMsMax = 3_000;
/** For the server to close its side. Also kept, as a timer, for a connection that is closed already. */
const disconnectTimeoutMs = 200;
const endTimeoutMs = 1_000;

/**
 * Connects to Redis, in the background: a program starts without it, and uses it as soon as it is there. That it was lost and
 * that it is back are one line each in the log, which has no part of the URL.
 *
 * @throws ConfigError for a URL that is not of Redis.
 */
export function openRedis({ url, log, name, telemetry = noTelemetry }: Options): RedisConnection {
  if (!/^rediss?:$/.test(new URL(url).protocol)) {
    throw new ConfigError(['REDIS_URL is neither a redis:// nor a rediss:// URL']);
  }
  const opened: Redis[] = [];
  const open = (purpose: string): Redis => {
    const client = new Redis(url, { ...options, connectionName: `${name} ${purpose}`.replaceAll(' ', '-') });
    // Without a listener it would be thrown. What matters of it is told once, by `tellChanges`.
    client.on('error', () => undefined);
    opened.push(client);
    return client;
  };
  const client = open('commands');
  tellChanges(client, log);
  observeCommands(client, telemetry);
  return {
    client,
    get available() {
      return client.status === 'ready';
    },
    prefix: `boxoffice:${client.options.db ?? 0}:`,
    open,
    async [Symbol.asyncDispose]() {
      await Promise.all(opened.map(end));
    },
  };
}

const options = {
  // A command that waits for Redis to come back would be a call that waits.
  enableOfflineQueue: false,
  maxRetriesPerRequest: 0,
  // What was under way when the connection broke has failed, and has been fallen back on.
  autoResendUnfulfilledCommands: false,
  // Whoever subscribes does so again by itself: see `wake-ups`.
  autoResubscribe: false,
  connectTimeout: connectTimeoutMs,
  commandTimeout: commandTimeoutMs,
  socketTimeout: silenceMsMax,
  retryStrategy: retryMs,
  disconnectTimeout: disconnectTimeoutMs,
} satisfies RedisOptions;

/** Doubles up to 3 s; drawn from the upper half, so that all programs do not come back at the same moment. */
export function retryMs(times: number): number {
  const limitMs = Math.min(retryMsMax, retryMsMin * 2 ** Math.min(times - 1, 10));
  return limitMs * (0.5 + Math.random() / 2);
}

/** Only the message of an error: it may hold the command that failed, and AUTH has the password in it. */
function tellChanges(client: Redis, log: Logger): void {
  let away = false;
  let why = 'the connection was closed';
  client.on('error', (error: Error) => (why = error.message));
  client.on('ready', () => {
    if (away) log.info('Redis is back');
    away = false;
    why = 'the connection was closed';
  });
  client.on('close', () => {
    // A client that was told to end does not come back.
    if (away || client.status === 'end' || ending.has(client)) return;
    away = true;
    log.warn({ why }, 'Redis is away: going on without it');
  });
}

const ending = new WeakSet<Redis>();

async function end(client: Redis): Promise<void> {
  if (client.status === 'end') return;
  ending.add(client);
  // Between two tries there is no connection that could end.
  if (client.status === 'reconnecting') return client.disconnect();
  const ended = once(client, 'end', { signal: AbortSignal.timeout(endTimeoutMs) });
  client.disconnect();
  // A server that does not answer to the end of the connection does not keep the program.
  await ended.catch(() => undefined);
}
