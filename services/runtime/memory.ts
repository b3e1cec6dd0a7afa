import { LRUCache } from 'lru-cache';

import { cacheTopic, everything, type WakeUps } from './redis/wake-ups.ts';

/** What an entry is, and for how long it may be old. */
export interface MemoryEntry {
  /** What is invalidated together; without spaces. */
  readonly group: string;
  /** Which entry of the group. */
  readonly field: string;
  /** Kept so long in any case; 0: not at all. */
  readonly momentMs: number;
  /** Kept so long while this process hears of invalidations; without it, for a moment as well. */
  readonly keepMs?: number | undefined;
}

export interface MemoryOptions<V extends object> {
  readonly wakeUps: WakeUps;
  /** Entries at once; the least recently used goes first. */
  readonly entriesMax: number;
  /** Their sizes in all, and how large one is, at least 1. */
  readonly size?: { readonly max: number; readonly of: (value: V) => number };
  /**
   * What was loaded so shortly after an invalidation, or after this process began to hear of them, is kept for a moment only:
   * for whoever loads from a place that may itself be old by so much. 0: what is loaded is not old.
   */
  readonly settleMs?: number;
  /** Loads an entry that is still asked for anew before its moment is over, so that nobody has to wait when it is. */
  readonly loadsAhead?: boolean;
}

interface Kept<V> {
  readonly value: V;
  /** When its load began, by `performance.now()`: it is not older than that. */
  readonly sinceMs: number;
  readonly slot: number;
  readonly generation: number;
  readonly momentMs: number;
  /** 0 where it has not settled. */
  readonly keepMs: number;
  readonly load: () => Promise<V>;
}

interface Load<V> {
  readonly promise: Promise<V>;
  readonly sinceMs: number;
  readonly generation: number;
}

/** A load that is under way for longer is not waited for by those who come, unless this process hears of invalidations. */
const joinMsMin = 1_000;

/**
 * What this process keeps of what rarely changes. A rush to one entry is one load; an invalidated group is loaded anew.
 *
 * An entry is given out when nothing has invalidated it since its load began, and it is either young (`momentMs`), or this
 * process is sure to have heard of every invalidation up to a second ago (`WakeUps.follows`). Whatever keeps the word from
 * coming - no Redis, a lost connection, a dead one that nobody closed - ends that within the second, and when the connection
 * is back everything is loaded anew, since nobody knows what was missed. So an entry may be kept for hours, and is old for a
 * second at most.
 */
export class Memory<V extends object> implements Disposable {
  readonly #options: MemoryOptions<V>;
  readonly #kept: LRUCache<string, Kept<V>>;
  readonly #loads = new Map<string, Load<V>>();
  readonly #generations = new Generations();
  readonly #listening: Disposable;

  constructor(options: MemoryOptions<V>) {
    this.#options = options;
    const { entriesMax: max, size, wakeUps } = options;
    this.#kept = new LRUCache<string, Kept<V>>({
      max,
      ...(size !== undefined && { maxSize: size.max, sizeCalculation: ({ value }) => size.of(value) }),
    });
    this.#listening = wakeUps.subscribe(cacheTopic, (group) => this.forget(group), {
      onBegin: () => this.forget(everything),
    });
  }

  /** An entry, if it is here. */
  peek(entry: MemoryEntry): V | undefined {
    const key = keyOf(entry);
    const kept = this.#kept.get(key);
    if (kept === undefined || !this.#holds(kept)) return undefined;
    if (this.#isAging(kept) && !this.#loads.has(key)) {
      // Who asks when its time is over meets the failure himself.
      this.#begin(entry, kept.load).catch(() => undefined);
    }
    return kept.value;
  }

  /**
   * Reads an entry, or loads it. What comes back is shared: it must not be changed. `load` serves several callers, so it
   * must not end with one of them.
   *
   * @throws whatever `load` throws, to all who wait for it; that is not kept.
   */
  read(entry: MemoryEntry, load: () => Promise<V>): Promise<V> {
    const value = this.peek(entry);
    if (value !== undefined) return Promise.resolve(value);
    const key = keyOf(entry);
    const generation = this.#generations.at(slotOf(entry.group));
    const under = this.#loads.get(key);
    if (under?.generation === generation && this.#joins(under, entry)) return under.promise;
    return this.#begin(entry, load);
  }

  /** Forgets groups, or {@link everything}, in this process. */
  forget(...groups: readonly string[]): void {
    for (const group of groups) {
      if (group === everything) this.#generations.nextOfAll();
      else this.#generations.next(slotOf(group));
    }
  }

  [Symbol.dispose](): void {
    this.#listening[Symbol.dispose]();
  }

  #holds({ slot, generation, sinceMs, momentMs, keepMs }: Kept<V>): boolean {
    if (this.#generations.at(slot) !== generation) return false;
    const ageMs = performance.now() - sinceMs;
    return ageMs < momentMs || (ageMs < keepMs && this.#follows);
  }

  #isAging({ sinceMs, momentMs, keepMs }: Kept<V>): boolean {
    if (this.#options.loadsAhead !== true || (keepMs > 0 && this.#follows)) return false;
    return performance.now() - sinceMs >= momentMs / 2;
  }

  #begin(entry: MemoryEntry, load: () => Promise<V>): Promise<V> {
    const key = keyOf(entry);
    const generation = this.#generations.at(slotOf(entry.group));
    const sinceMs = performance.now();
    const promise = load().then((value) => {
      this.#keep(entry, { value, sinceMs, generation, load });
      return value;
    });
    const loading = { promise, sinceMs, generation };
    this.#loads.set(key, loading);
    const end = (): void => void (this.#loads.get(key) === loading && this.#loads.delete(key));
    promise.then(end, end);
    return promise;
  }

  #joins({ sinceMs }: Load<V>, { momentMs }: MemoryEntry): boolean {
    return this.#follows || performance.now() - sinceMs < Math.max(momentMs, joinMsMin);
  }

  get #follows(): boolean {
    return this.#options.wakeUps.follows(cacheTopic);
  }

  #keep(entry: MemoryEntry, loaded: Pick<Kept<V>, 'value' | 'sinceMs' | 'generation' | 'load'>): void {
    const { sinceMs, generation } = loaded;
    const { momentMs, keepMs = 0, group } = entry;
    const slot = slotOf(group);
    if (generation !== this.#generations.at(slot) || Math.max(momentMs, keepMs) <= 0) return;
    const key = keyOf(entry);
    if ((this.#kept.peek(key)?.sinceMs ?? -Infinity) > sinceMs) return;
    const isSettled = sinceMs - this.#generations.changedAtMs(slot) >= (this.#options.settleMs ?? 0);
    this.#kept.set(key, { ...loaded, slot, momentMs, keepMs: isSettled ? keepMs : 0 });
  }
}

function keyOf({ group, field }: MemoryEntry): string {
  return `${group} ${field}`;
}

const slots = 4_096;

/**
 * Counts the invalidations of groups, in a fixed number of slots: groups that share one are invalidated together, which costs
 * a load and no more.
 */
class Generations {
  readonly #counts = new Uint32Array(slots);
  readonly #changedAtMs = new Float64Array(slots).fill(-Infinity);
  #ofAll = 0;
  #allChangedAtMs = -Infinity;

  at(slot: number): number {
    return this.#ofAll + (this.#counts[slot] ?? 0);
  }

  /** When it was invalidated last, by `performance.now()`. */
  changedAtMs(slot: number): number {
    return Math.max(this.#allChangedAtMs, this.#changedAtMs[slot] ?? -Infinity);
  }

  next(slot: number): void {
    this.#counts[slot] = (this.#counts[slot] ?? 0) + 1;
    this.#changedAtMs[slot] = performance.now();
  }

  nextOfAll(): void {
    this.#ofAll++;
    this.#allChangedAtMs = performance.now();
  }
}

function slotOf(group: string): number {
  let hash = 0;
  for (let at = 0; at < group.length; at++) hash = (Math.imul(hash, 31) + group.charCodeAt(at)) | 0;
  return (hash >>> 0) % slots;
}
