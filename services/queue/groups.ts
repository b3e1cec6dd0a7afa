import { refuse } from '@boxoffice/runtime/error';

/** One that waits for its turn in a group. */
export interface Grouped<Item, Result> {
  readonly item: Item;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: unknown) => void;
}

interface GroupsOptions<Item, Result> {
  /** Items in one group at most. */
  readonly groupMax: number;
  /** What an item may have in common with no other of its group: the second waits for the next group. */
  readonly keyOf?: (item: Item) => unknown;
  /** Settles each of a group. What it throws, those hear who have not been settled. */
  readonly run: (scheduleId: bigint, group: readonly Grouped<Item, Result>[]) => Promise<void>;
}

/** Items that wait at most, of all queues: further ones are told to try again. */
const waitingMax = 20_000;

/**
 * Does things in groups: whoever comes while a group of a queue is being done is in the next one. There is never a wait for a
 * group to fill, so that a single one is as fast as without. One group of a queue is done at a time.
 */
export class Groups<Item, Result> {
  readonly #options: GroupsOptions<Item, Result>;
  readonly #lines = new Map<bigint, Grouped<Item, Result>[]>();
  #waiting = 0;

  constructor(options: GroupsOptions<Item, Result>) {
    this.#options = options;
  }

  /**
   * Takes an item into the next group of its queue.
   *
   * @throws ServiceError BUSY when too many wait already; what the group threw.
   */
  async add(scheduleId: bigint, item: Item): Promise<Result> {
    if (this.#waiting >= waitingMax) throw refuse('BUSY', 'too much at this moment', { retryAfterMs: 500 });
    this.#waiting++;
    const { promise, resolve, reject } = Promise.withResolvers<Result>();
    const line = this.#lines.get(scheduleId);
    if (line === undefined) {
      this.#lines.set(scheduleId, [{ item, resolve, reject }]);
      void this.#runAll(scheduleId);
    } else {
      line.push({ item, resolve, reject });
    }
    return promise;
  }

  async #runAll(scheduleId: bigint): Promise<void> {
    // Those who come in the same turn of the event loop, as a group that was sent as one does, are done as one.
    await Promise.resolve();
    for (;;) {
      const group = this.#take(this.#lines.get(scheduleId) ?? []);
      if (group.length === 0) break;
      this.#waiting -= group.length;
      await this.#options
        .run(scheduleId, group)
        .catch((error: unknown) => group.forEach(({ reject }) => reject(error)));
    }
    this.#lines.delete(scheduleId);
  }

  #take(line: Grouped<Item, Result>[]): Grouped<Item, Result>[] {
    const { groupMax, keyOf } = this.#options;
    if (keyOf === undefined) return line.splice(0, groupMax);
    const keys = new Set<unknown>();
    const rest: Grouped<Item, Result>[] = [];
    const group = line.splice(0).filter((one) => {
      const key = keyOf(one.item);
      const taken = keys.size < groupMax && !keys.has(key);
      if (taken) keys.add(key);
      else rest.push(one);
      return taken;
    });
    line.push(...rest);
    return group;
  }
}
