import type { RedisConnection } from '@boxoffice/runtime/redis/connection';
import { script } from '@boxoffice/runtime/redis/script';

import type { PresenceStore, SeenTicket } from './presence-store.ts';

/** Tickets in one script: some 5 ms, for which Redis does nothing else. */
const stretch = 5_000;

/**
 * A queue is one sorted set: its tickets by when they were last seen, by the clock of Redis. One member more, the marker,
 * has the run id of the Redis process in its name, and tells since when the set is complete. It is in the same key, so that
 * whatever takes the set takes the marker along: a flush, an eviction, an expiry. A set that a restart has brought back from
 * a snapshot has the marker of another run, and is thrown away.
 */
const beginning = `
  local run = string.match(redis.call('INFO', 'server'), 'run_id:(%w+)')
  local time = redis.call('TIME')
  local now = time[1] * 1000 + math.floor(time[2] / 1000)
  local marker = 'since:' .. run
  local function begun()
    local since = redis.call('ZSCORE', KEYS[1], marker)
    if since then return tonumber(since) end
    redis.call('UNLINK', KEYS[1])
    redis.call('ZADD', KEYS[1], now, marker)
    redis.call('PEXPIRE', KEYS[1], 172800000)
    return now
  end
`;

const readRun = script(`return string.match(redis.call('INFO', 'server'), 'run_id:(%w+)')`);

/** Bound: the tickets given, at most 5,000. */
const note = script(`${beginning}
  begun()
  for first = 1, #ARGV, 1000 do
    local pairs = {}
    for at = first, math.min(first + 999, #ARGV) do
      pairs[#pairs + 1] = now
      pairs[#pairs + 1] = ARGV[at]
    end
    redis.call('ZADD', KEYS[1], unpack(pairs))
  end
  return run
`);

/**
 * Run id, time in milliseconds, tickets. It also forgets 5,000 of those who were last seen more than twice that time ago, and
 * moves the marker there: should the time that matters be made longer, presence is unknown until the set covers it. The
 * whole set is kept for four times the time after the last look: nobody looks at a queue where nobody waits.
 */
const unseen = script(`${beginning}
  if ARGV[1] ~= run then return false end
  local ttl = tonumber(ARGV[2])
  local since = begun()
  redis.call('PEXPIRE', KEYS[1], math.max(4 * ttl, 60000))
  if now - since < ttl then return false end
  if since < now - 2 * ttl then
    local old = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', '(' .. now - 2 * ttl, 'WITHSCORES', 'LIMIT', 0, 2500)
    local names = {}
    for at = 1, #old, 2 do names[#names + 1] = old[at] end
    redis.call('ZREM', KEYS[1], unpack(names))
    redis.call('ZADD', KEYS[1], #names < 2500 and now - 2 * ttl or old[#old] + 1, marker)
  end
  local absent = {}
  for first = 3, #ARGV, 1000 do
    local last = math.min(first + 999, #ARGV)
    local scores = redis.call('ZMSCORE', KEYS[1], unpack(ARGV, first, last))
    for at = first, last do
      local score = scores[at - first + 1]
      if not score or tonumber(score) <= now - ttl then absent[#absent + 1] = ARGV[at] end
    end
  end
  return absent
`);

/** Presence in Redis, 6.2 or later. */
export class RedisPresence implements PresenceStore {
  readonly #redis: RedisConnection;

  constructor(redis: RedisConnection) {
    this.#redis = redis;
  }

  async generation(): Promise<string> {
    return String(await readRun.run(this.#redis.client, [], []));
  }

  async note(seen: readonly SeenTicket[]): Promise<string> {
    const byQueue = Map.groupBy(seen, ({ scheduleId }) => scheduleId);
    const stretches = [...byQueue].flatMap(([scheduleId, tickets]) =>
      stretchesOf(tickets.map(({ number }) => String(number))).map((numbers) =>
        note.run(this.#redis.client, [this.#key(scheduleId)], numbers),
      ),
    );
    const runs = new Set((await Promise.all(stretches)).map(String));
    const [run] = runs;
    if (run === undefined || runs.size > 1) throw new Error('Redis was restarted while presence was stored');
    return run;
  }

  async unseen(
    generation: string,
    scheduleId: bigint,
    numbers: readonly bigint[],
    ttlMs: number,
  ): Promise<readonly bigint[] | undefined> {
    const absent: bigint[] = [];
    // At least one look, which begins the set of a queue that nobody has been seen in.
    for (const part of numbers.length === 0 ? [[]] : stretchesOf(numbers.map(String))) {
      const answer = await unseen.run(this.#redis.client, [this.#key(scheduleId)], [generation, ttlMs, ...part]);
      if (!Array.isArray(answer)) return undefined;
      for (const number of answer) absent.push(BigInt(String(number)));
    }
    return absent;
  }

  #key(scheduleId: bigint): string {
    return `${this.#redis.prefix}presence:${scheduleId}`;
  }
}

function stretchesOf(numbers: readonly string[]): string[][] {
  return Array.from({ length: Math.ceil(numbers.length / stretch) }, (_, index) =>
    numbers.slice(index * stretch, (index + 1) * stretch),
  );
}
