import type { Policy } from './sale.ts';

/** Admissions at one moment. */
export interface Admitted {
  readonly at: number;
  readonly count: number;
  /** All until then, these included. */
  readonly total: number;
}

/**
 * How many may be let in, by the rules of a tick (`services/queue/sql/admission-room.ts`): the least of what `max_active` leaves and
 * of what the rate leaves in the interval that ends now.
 */
export class Admission {
  readonly #policy: Policy;
  /** All admissions, ascending. */
  readonly log: Admitted[] = [];
  /** The first in the log that is within the interval. */
  #from = 0;
  #recent = 0;

  constructor(policy: Policy) {
    this.#policy = policy;
  }

  /** How many were let in. */
  get total(): number {
    return this.log.at(-1)?.total ?? 0;
  }

  /** How many may be let in now, while so many are inside. */
  room(now: number, active: number): number {
    const { maxActive, admitCount, admitInterval } = this.#policy;
    for (let oldest = this.log[this.#from]; oldest && oldest.at <= now - admitInterval; oldest = this.log[this.#from]) {
      this.#recent -= oldest.count;
      this.#from += 1;
    }
    return Math.min(
      maxActive === 0 ? Infinity : Math.max(0, maxActive - active),
      admitCount === 0 ? Infinity : admitCount - this.#recent,
    );
  }

  /** Lets so many in. */
  admit(now: number, count: number): void {
    this.log.push({ at: now, count, total: this.total + count });
    this.#recent += count;
  }
}
