import { refuse } from './error.ts';

/** One that waits for its turn in a group. */
export interface Grouped<Item, Result> {
  readonly item: Item;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: unknown) => void;
}

interface GroupsOptions<Key, Item, Result> {
  /** Items in one group at most. */
  readonly groupMax: number;
  /** What an item may have in common with no other of its group: the second waits for the next group. */
  readonly keyOf?: (item: Item) => unknown;
  /** Groups of one line at once; 1 where nothing is said. */
  readonly atOnceMax?: number;
  /** Settles each of a group. What it throws, those hear who have not been settled. */
  readonly run: (key: Key, group: readonly Grouped<Item, Result>[]) => Promise<void>;
}

/** Items that wait at most, of all lines: further ones are told to try again. */
const waitingMax = 20_000;

interface Line<Item, Result> {
  readonly waiting: Grouped<Item, Result>[];
  underWay: number;
}

/**
 * Does things in groups: whoever comes while the groups of a line are being done is in the next one. There is never a wait
 * for a group to fill, so that a single one is as fast as without.
 */
export class Groups<Key, Item, Result> {
  readonly #options: GroupsOptions<Key, Item, Result>;
  readonly #lines = new Map<Key, Line<Item, Result>>();
  #waiting = 0;

  constructor(options: GroupsOptions<Key, Item, Result>) {
    this.#options = options;
  }

  /**
   * Takes an item into the next group of its line.
   *
   * @throws ServiceError BUSY when too many wait already; what the group threw.
   */
  async add(key: Key, item: Item): Promise<Result> {
    if (this.#waiting >= waitingMax) throw refuse('BUSY', 'too much at this moment', { retryAfterMs: 500 });
    this.#waiting++;
    const { promise, resolve, reject } = Promise.withResolvers<Result>();
    let line = this.#lines.get(key);
    if (line === undefined) this.#lines.set(key, (line = { waiting: [], underWay: 0 }));
    line.waiting.push({ item, resolve, reject });
    if (line.waiting.length === 1 && line.underWay < (this.#options.atOnceMax ?? 1)) void this.#runAll(key, line);
    return promise;
  }

  async #runAll(key: Key, line: Line<Item, Result>): Promise<void> {
    line.underWay++;
    // Those who come in the same turn of the event loop, as a group that was sent as one does, are done as one.
    await Promise.resolve();
    for (;;) {
      const group = this.#take(line.waiting);
      if (group.length === 0) break;
      this.#waiting -= group.length;
      await this.#options.run(key, group).catch((error: unknown) => group.forEach(({ reject }) => reject(error)));
    }
    line.underWay--;
    if (line.underWay === 0) this.#lines.delete(key);
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
