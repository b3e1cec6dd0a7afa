/** Something that will happen. */
interface Entry<Event> {
  readonly at: number;
  readonly event: Event;
}

/** What will happen, the next first: a binary heap. */
export class Agenda<Event> {
  readonly #heap: Entry<Event>[] = [];

  /** When the next is due; never: Infinity. */
  get nextAt(): number {
    return this.#heap[0]?.at ?? Infinity;
  }

  add(at: number, event: Event): void {
    const heap = this.#heap;
    let index = heap.length;
    const entry = { at, event };
    heap.push(entry);
    while (index > 0) {
      const above = (index - 1) >> 1;
      const parent = heap[above];
      if (parent === undefined || parent.at <= at) break;
      heap[index] = parent;
      index = above;
    }
    heap[index] = entry;
  }

  /** Takes the next out. @throws RangeError when there is none. */
  take(): Entry<Event> {
    const heap = this.#heap;
    const [first] = heap;
    const last = heap.pop();
    if (first === undefined || last === undefined) throw new RangeError('nothing will happen');
    if (heap.length > 0) this.#sink(last);
    return first;
  }

  #sink(entry: Entry<Event>): void {
    const heap = this.#heap;
    let index = 0;
    for (;;) {
      const left = 2 * index + 1;
      const right = left + 1;
      const child = (heap[right]?.at ?? Infinity) < (heap[left]?.at ?? Infinity) ? right : left;
      const smaller = heap[child];
      if (smaller === undefined || smaller.at >= entry.at) break;
      heap[index] = smaller;
      index = child;
    }
    heap[index] = entry;
  }
}
