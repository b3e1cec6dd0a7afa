import { randomUUID } from 'node:crypto';

import { fromBinary, toBinary, type DescMessage, type MessageShape } from '@bufbuild/protobuf';

import { Memory } from './memory.ts';
import type { SecondLevel } from './redis/second-level.ts';
import { cacheTopic, everything, type WakeUps } from './redis/wake-ups.ts';

/** What an entry is, and for how long it may be old. */
export interface CacheEntry<D extends DescMessage> {
  /** What is invalidated together; without spaces. */
  readonly group: string;
  /** Which entry of the group. */
  readonly field: string;
  readonly schema: D;
  /** Kept so long in this process, whether or not it hears of invalidations; 0: not at all. */
  readonly memoryMs: number;
  /** Kept so long for all processes, and in this one while it hears of invalidations; without it, it never leaves this one. */
  readonly sharedMs?: number;
}

const entriesMaxDefault = 10_000;

/**
 * A read-through cache of messages that rarely change: in this process (see {@link Memory}), and behind that for all
 * processes. A rush to one entry is one load. An invalidated group is loaded anew everywhere: at once in this process, within
 * milliseconds in those that hear of it, within a second in those that do not. A load that began before an invalidation is
 * given to those who asked then, and to nobody later. Nothing that something is decided on may come from here.
 */
export class Cache implements Disposable {
  readonly #memory: Memory<MessageShape<DescMessage>>;
  readonly #shared: SecondLevel | undefined;
  readonly #wakeUps: WakeUps;

  constructor(options: {
    readonly shared?: SecondLevel | undefined;
    readonly wakeUps: WakeUps;
    readonly entriesMax?: number;
  }) {
    this.#shared = options.shared;
    this.#wakeUps = options.wakeUps;
    this.#memory = new Memory({ wakeUps: options.wakeUps, entriesMax: options.entriesMax ?? entriesMaxDefault });
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
    const { group, field, memoryMs: momentMs, sharedMs: keepMs } = entry;
    const message = await this.#memory.read({ group, field, momentMs, keepMs }, () =>
      keepMs === undefined ? load() : this.#loadShared(entry, load, keepMs),
    );
    // By its key it is of this schema.
    return message as MessageShape<D>;
  }

  /**
   * Forgets groups, everywhere. To be called after the change is committed. Waits half a second at most, never fails: that it
   * reaches all is for {@link invalidateSurely}.
   */
  async invalidate(...groups: readonly string[]): Promise<void> {
    this.#memory.forget(...groups);
    await this.#shared?.forget(groups);
    // After that, so that nobody who hears it reads there what is old; listeners here, too, may just have done so.
    for (const group of groups) this.#wakeUps.publish(cacheTopic, group);
  }

  /**
   * Forgets groups, everywhere, or fails: it is to be called again then.
   *
   * @throws Error when Redis cannot be told, within a second.
   */
  async invalidateSurely(...groups: readonly string[]): Promise<void> {
    this.#memory.forget(...groups);
    await this.#shared?.forgetSurely(groups);
    await this.#wakeUps.tell(cacheTopic, groups);
  }

  /** Like {@link invalidateSurely}, for whoever does not know what was changed. @throws Error. */
  async invalidateEverything(): Promise<void> {
    this.#memory.forget(everything);
    await this.#shared?.forgetEverything();
    await this.#wakeUps.tell(cacheTopic, [everything]);
  }

  [Symbol.dispose](): void {
    this.#memory[Symbol.dispose]();
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
