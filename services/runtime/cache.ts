import { randomUUID } from 'node:crypto';

import { fromBinary, toBinary, type DescMessage, type MessageShape } from '@bufbuild/protobuf';
import { LRUCache } from 'lru-cache';

import type { SecondLevel } from './redis/second-level.ts';
import type { WakeUps } from './redis/wake-ups.ts';

/** What an entry is, and for how long it may be old. */
export interface CacheEntry<D extends DescMessage> {
  /** What is invalidated together; without spaces. */
  readonly group: string;
  /** Which entry of the group. */
  readonly field: string;
  readonly schema: D;
  /** Kept so long in this process; 0: not at all. */
  readonly memoryMs: number;
  /** Kept so long for all processes; without it, it never leaves this one. */
  readonly sharedMs?: number;
}

interface Kept {
  readonly message: MessageShape<DescMessage>;
  readonly generation: number;
}

const entriesMaxDefault = 10_000;
const topic = 'cache';

/**
 * A read-through cache of messages that rarely change: in this process for a moment, and behind that for all processes, for
 * longer. A rush to one entry is one load. An invalidated group is loaded anew everywhere: at once in this process, within
 * milliseconds in those that hear of it, within `memoryMs` in those that do not. A load that began before an invalidation is
 * given to those who asked then, and to nobody later. Nothing that something is decided on may come from here.
 */
export class Cache implements Disposable {
  readonly #memory: LRUCache<string, Kept>;
  readonly #loads = new Map<string, Promise<MessageShape<DescMessage>>>();
  readonly #generations = new Generations();
  readonly #shared: SecondLevel | undefined;
  readonly #wakeUps: WakeUps;
  readonly #listening: Disposable;

  constructor(options: {
    readonly shared?: SecondLevel | undefined;
    readonly wakeUps: WakeUps;
    readonly entriesMax?: number;
  }) {
    this.#shared = options.shared;
    this.#wakeUps = options.wakeUps;
    this.#memory = new LRUCache({ max: options.entriesMax ?? entriesMaxDefault });
    this.#listening = options.wakeUps.subscribe(topic, (group) => this.#generations.next(group));
  }

  /**
   * Reads an entry, or loads it. What comes back is shared: it must not be changed. `load` serves several callers, so it
   * must not end with one of them.
   *
   * @throws whatever `load` throws, to all who wait for it; that is not kept.
   */
  async read<D extends DescMessage>(
    entry: CacheEntry<D>,
    load: () => Promise<MessageShape<D>>,
  ): Promise<MessageShape<D>> {
    const generation = this.#generations.of(entry.group);
    const key = `${entry.group} ${entry.field}`;
    const kept = this.#memory.get(key);
    // By its key it is of this schema.
    if (kept?.generation === generation) return kept.message as MessageShape<D>;
    const loadKey = `${generation} ${key}`;
    let loading = this.#loads.get(loadKey) as Promise<MessageShape<D>> | undefined;
    if (loading === undefined) {
      loading = this.#load(entry, load, { key, generation }).finally(() => this.#loads.delete(loadKey));
      this.#loads.set(loadKey, loading);
    }
    return loading;
  }

  /** Forgets groups, everywhere. To be called after the change is committed. Waits half a second at most, never fails. */
  async invalidate(...groups: readonly string[]): Promise<void> {
    for (const group of groups) this.#generations.next(group);
    await this.#shared?.forget(groups);
    // After that, so that nobody who hears it reads there what is old; listeners here, too, may just have done so.
    for (const group of groups) this.#wakeUps.publish(topic, group);
  }

  [Symbol.dispose](): void {
    this.#listening[Symbol.dispose]();
  }

  async #load<D extends DescMessage>(
    entry: CacheEntry<D>,
    load: () => Promise<MessageShape<D>>,
    { key, generation }: { readonly key: string; readonly generation: number },
  ): Promise<MessageShape<D>> {
    const message = entry.sharedMs === undefined ? await load() : await this.#loadShared(entry, load, entry.sharedMs);
    if (entry.memoryMs > 0) this.#memory.set(key, { message, generation }, { ttl: entry.memoryMs });
    return message;
  }

  async #loadShared<D extends DescMessage>(
    { group, field, schema }: CacheEntry<D>,
    load: () => Promise<MessageShape<D>>,
    keepMs: number,
  ): Promise<MessageShape<D>> {
    const lease = randomUUID();
    try {
      const bytes = await this.#shared?.read(group, field, lease);
      if (bytes !== undefined) return fromBinary(schema, bytes);
    } catch {
      return load(); // Redis is away, or has what is none of ours.
    }
    const message = await load();
    this.#shared
      ?.store({ group, field, lease, bytes: toBinary(schema, message), keepMs })
      // It is loaded again by whoever needs it next.
      .catch(() => undefined);
    return message;
  }
}

const slots = 4_096;

/**
 * Counts the invalidations of groups, in a fixed number of slots: groups that share one are invalidated together, which costs
 * a load and no more.
 */
class Generations {
  readonly #counts = new Uint32Array(slots);

  of(group: string): number {
    return this.#counts[slotOf(group)] ?? 0;
  }

  next(group: string): void {
    const slot = slotOf(group);
    this.#counts[slot] = this.of(group) + 1;
  }
}

function slotOf(group: string): number {
  let hash = 0;
  for (let at = 0; at < group.length; at++) hash = (Math.imul(hash, 31) + group.charCodeAt(at)) | 0;
  return (hash >>> 0) % slots;
}
