/** How an on-sale went for one member. */
export type Outcome =
  | 'bought seats'
  | 'came when all was sold'
  | 'left the line'
  | 'vanished from the line'
  | 'walked away from a hold'
  | 'gave the seats back'
  | 'had too little money'
  | 'ran out of time'
  | 'was turned away'
  | 'reached nobody';

/** How far a member has come. */
export type Stage = 'outside' | 'waiting' | 'inside';

const surprisesMax = 20;

/** What happens, counted: what the bars and the table show. */
export class Scene {
  readonly members: number;
  readonly seats: number;
  /** Members with an account and money. */
  ready = 0;
  joined = 0;
  admitted = 0;
  sold = 0;
  done = 0;
  waiting = 0;
  inside = 0;
  readonly outcomes = new Map<Outcome, number>();
  /** Refusals by the reason of the problem. */
  readonly refusals = new Map<string, number>();
  /** Attempts that came to nothing and were made again, by reason. */
  readonly retries = new Map<string, number>();
  /** What should never be answered, in words; the first ones. */
  readonly surprises: string[] = [];
  /** From a ticket to its admission, each, in milliseconds. */
  readonly waitsMs: number[] = [];
  soldOutMs: number | undefined;
  #rushBeganMs = 0;

  constructor({ members, seats }: { members: number; seats: number }) {
    this.members = members;
    this.seats = seats;
  }

  /** Now they all join. */
  beginRush(): void {
    this.#rushBeganMs = performance.now();
  }

  join(): void {
    this.joined += 1;
    this.waiting += 1;
  }

  admit(waitedMs: number): void {
    this.admitted += 1;
    this.waiting -= 1;
    this.inside += 1;
    this.waitsMs.push(waitedMs);
  }

  /** Seats were paid for. */
  sell(seats: number): void {
    this.sold += seats;
    if (this.sold >= this.seats) this.soldOutMs ??= performance.now() - this.#rushBeganMs;
  }

  /** A member is done. */
  finish(outcome: Outcome, stage: Stage): void {
    this.done += 1;
    if (stage !== 'outside') this[stage] -= 1;
    count(this.outcomes, outcome);
  }

  refuse(reason: string): void {
    count(this.refusals, reason);
  }

  retry(reason: string): void {
    count(this.retries, reason);
  }

  surprise(what: string): void {
    if (this.surprises.length < surprisesMax) this.surprises.push(what);
  }
}

function count<K>(counts: Map<K, number>, key: K): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
