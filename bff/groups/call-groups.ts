import { refuse } from '@boxoffice/runtime/error';
import { currentScope, inScope, type Scope } from '@boxoffice/runtime/telemetry/scope';
import { groupScope } from './group-scope.ts';

/** One that is sent with others. */
export interface Sent<Item, Result> {
  readonly item: Item;
  readonly result: PromiseWithResolvers<Result>;
  /** Of the request it is part of. */
  readonly scope: Scope | undefined;
}

interface Line<Item, Result> {
  readonly waiting: Sent<Item, Result>[];
  underWay: number;
}

interface CallGroupsOptions<Key, Item, Result, Answer> {
  /** Calls of one line at once: while one is being written, the next is on its way. */
  readonly atOnceMax: number;
  /** Makes the call for a group: its answers, in the order of the items. */
  readonly call: (key: Key, items: readonly Item[]) => Promise<readonly Answer[]>;
  /** Tells one what came of it; without an answer when the service has given too few. */
  readonly settle: (result: PromiseWithResolvers<Result>, answer: Answer | undefined) => void;
}

/** Items in one call at most: what the contract allows. */
const groupMax = 512;
/** Items that wait for a call at most, in the whole process. */
const waitingMax = 20_000;

/**
 * Calls a service in groups: one call for all that came while the ones before were under way, so that a rush costs some
 * hundred calls a second, however many come. Nobody waits for a group to fill.
 */
export class CallGroups<Key, Item, Result, Answer> {
  readonly #options: CallGroupsOptions<Key, Item, Result, Answer>;
  readonly #lines = new Map<Key, Line<Item, Result>>();
  #count = 0;

  constructor(options: CallGroupsOptions<Key, Item, Result, Answer>) {
    this.#options = options;
  }

  /**
   * Takes an item into the next call of its line.
   *
   * @throws ServiceError BUSY when too many wait already; what the call threw; what the answer was settled with.
   */
  add(key: Key, item: Item): Promise<Result> {
    if (this.#count >= waitingMax) {
      throw refuse('BUSY', 'too much at this moment', { retryAfterMs: 500 });
    }
    this.#count++;
    const sent: Sent<Item, Result> = { item, result: Promise.withResolvers(), scope: currentScope() };
    let line = this.#lines.get(key);
    if (line === undefined) {
      line = { waiting: [], underWay: 0 };
      this.#lines.set(key, line);
    }
    line.waiting.push(sent);
    if (line.waiting.length === 1 && line.underWay < this.#options.atOnceMax) {
      this.#sendSoon(key, line);
    }
    return sent.result.promise;
  }

  /** When all requests that are here already have been read: they would be the next group, behind a group of one. */
  #sendSoon(key: Key, line: Line<Item, Result>): void {
    setImmediate(() => this.#send(key, line));
  }

  #send(key: Key, line: Line<Item, Result>): void {
    while (line.underWay < this.#options.atOnceMax && line.waiting.length > 0) {
      const group = line.waiting.splice(0, groupMax);
      this.#count -= group.length;
      line.underWay++;
      void this.#call(key, line, group);
    }
    if (line.underWay === 0) {
      this.#lines.delete(key);
    }
  }

  /** Never rejects: each hears for itself. The next group is on its way before this one hears. */
  async #call(key: Key, line: Line<Item, Result>, group: readonly Sent<Item, Result>[]): Promise<void> {
    const { call, settle } = this.#options;
    const next = (): void => {
      line.underWay--;
      this.#send(key, line);
    };
    try {
      const items = group.map(({ item }) => item);
      const answers = await inScope(groupScope(group.map(({ scope }) => scope)), () => call(key, items));
      next();
      group.forEach(({ result }, index) => settle(result, answers[index]));
    } catch (error) {
      next();
      group.forEach(({ result }) => result.reject(error));
    }
  }
}
