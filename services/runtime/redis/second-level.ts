import type { RedisConnection } from './connection.ts';
import { script } from './script.ts';

/**
 * What is kept of a cache for all processes. An entry belongs to a group, and is forgotten with it. Whatever fails here
 * throws, within half a second.
 */
export interface SecondLevel {
  /** An entry; or undefined, and then `lease` gives the right to store it. */
  read(group: string, field: string, lease: string): Promise<Buffer | undefined>;
  /** Stores what was loaded, unless the group was forgotten since the lease was given: then it may be old. */
  store(entry: StoredEntry): Promise<void>;
  /** Forgets all entries of groups, and all leases. What cannot be done now is done when Redis is back. Never throws. */
  forget(groups: readonly string[]): Promise<void>;
  /** Forgets all entries of groups, and all leases, or throws. */
  forgetSurely(groups: readonly string[]): Promise<void>;
  /** Forgets all entries and all leases, or throws. Takes as long as Redis needs to walk over its keys. */
  forgetEverything(): Promise<void>;
}

/** An entry to be stored. */
export interface StoredEntry {
  readonly group: string;
  readonly field: string;
  readonly lease: string;
  readonly bytes: Uint8Array;
  /** A group is kept for so long from its first entry on. */
  readonly keepMs: number;
}

/** Entries, and leases, of one group: pages of a list that somebody reads with made-up tokens, for instance. */
const fieldsMax = 1_000;
/** Longer than any load takes. */
const leaseMs = 60_000;
/** Groups that are still to be forgotten; beyond that, the oldest run out by themselves. */
const owedMax = 10_000;

const read = script(`
  local value = redis.call('HGET', KEYS[1], ARGV[1])
  if value then return value end
  if redis.call('HLEN', KEYS[2]) < tonumber(ARGV[4]) then
    redis.call('HSET', KEYS[2], ARGV[1], ARGV[2])
    redis.call('PEXPIRE', KEYS[2], ARGV[3])
  end
  return false
`);

const store = script(`
  if redis.call('HGET', KEYS[2], ARGV[1]) ~= ARGV[2] then return 0 end
  redis.call('HDEL', KEYS[2], ARGV[1])
  if redis.call('HLEN', KEYS[1]) >= tonumber(ARGV[5]) then return 0 end
  redis.call('HSET', KEYS[1], ARGV[1], ARGV[3])
  if redis.call('PTTL', KEYS[1]) < 0 then redis.call('PEXPIRE', KEYS[1], ARGV[4]) end
  return 1
`);

/** Keys looked at in one step of a walk over all of them. */
const walkKeys = 1_000;

/**
 * A group is a hash, and its leases another; both are gone at once when the group is forgotten.
 *
 * Keys carry the id of the very server process they were written to. One that was started again may come back with what it had
 * minutes ago, and a replica that has become the master may have missed the last commands: what either has of the time before
 * is never read, and runs out.
 */
export class RedisSecondLevel implements SecondLevel {
  readonly #redis: RedisConnection;
  readonly #owed = new Set<string>();
  /** The id of the server that the connection is to; undefined: not known, and nothing is read. */
  #server: string | undefined;

  constructor(redis: RedisConnection) {
    this.#redis = redis;
    redis.client.on('ready', () => void this.#meet());
    redis.client.on('close', () => (this.#server = undefined));
    if (redis.available) void this.#meet();
  }

  async read(group: string, field: string, lease: string): Promise<Buffer | undefined> {
    const value = await read.run(this.#redis.client, this.#keys(group), [field, lease, leaseMs, fieldsMax]);
    return Buffer.isBuffer(value) ? value : undefined;
  }

  async store({ group, field, lease, bytes, keepMs }: StoredEntry): Promise<void> {
    const values = [field, lease, Buffer.from(bytes), keepMs, fieldsMax];
    await store.run(this.#redis.client, this.#keys(group), values);
  }

  async forget(groups: readonly string[]): Promise<void> {
    try {
      await this.forgetSurely(groups);
    } catch {
      for (const group of groups) if (this.#owed.size < owedMax) this.#owed.add(group);
      // It may have come back just now.
      if (this.#redis.available) setTimeout(() => void this.#forgetOwed(), leaseMs / 60).unref();
    }
  }

  async forgetSurely(groups: readonly string[]): Promise<void> {
    await this.#redis.client.unlink(groups.flatMap((group) => this.#keys(group)));
  }

  async forgetEverything(): Promise<void> {
    const { client, prefix } = this.#redis;
    for (let cursor = ''; cursor !== '0';) {
      const [next, keys] = await client.scan(cursor || '0', 'MATCH', `${prefix}cache:*`, 'COUNT', walkKeys);
      // With its leases, a group goes as a whole: an entry may have been stored since the walk has seen its lease.
      const groups = new Set(keys.map((key) => key.replace(/:leases$/, '')));
      if (groups.size > 0) await client.unlink([...groups].flatMap((key) => [key, `${key}:leases`]));
      cursor = next;
    }
  }

  /** Where it cannot be told which server this is, nothing is kept there. */
  async #meet(): Promise<void> {
    const about = await this.#redis.client.info('server').catch(() => '');
    if (!this.#redis.available) return;
    this.#server = /^run_id:(\w+)/m.exec(about)?.[1];
    if (this.#server !== undefined) await this.#forgetOwed();
  }

  async #forgetOwed(): Promise<void> {
    const groups = [...this.#owed];
    this.#owed.clear();
    if (groups.length > 0) await this.forget(groups);
  }

  /** In one slot of a cluster. */
  #keys(group: string): string[] {
    if (this.#server === undefined) throw new Error('it is not known which Redis this is');
    const key = `${this.#redis.prefix}cache:${this.#server}:{${group}}`;
    return [key, `${key}:leases`];
  }
}
