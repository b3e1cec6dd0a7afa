import { setTimeout as delay } from 'node:timers/promises';

import { buy, type Road } from './journey.ts';
import type { Sale } from './sale.ts';

const stepMs = 20;

/** A member who is on no journey, and the date that the next one is to: another each time, where no ticket is left of the last. */
interface Seeker {
  readonly memberId: string;
  readonly date: number;
}

/** Purchases that begin at a steady rate, whatever becomes of those before. */
export class Traffic {
  /** Journeys that did not begin, since every member was on one: more than this machine takes. */
  overruns = 0;
  readonly #road: Road;
  readonly #sale: Sale;
  readonly #free: Seeker[];
  readonly #under = new Set<Promise<void>>();
  readonly #end = new AbortController();
  readonly #running: Promise<void>;

  /** @param rate journeys a second. */
  constructor(road: Road, sale: Sale, rate: number) {
    this.#road = road;
    this.#sale = sale;
    this.#free = sale.members.map((memberId, index) => ({ memberId, date: index }));
    this.#running = this.#run(rate);
  }

  /** Begins no more, and waits for those that are under way. */
  async stop(): Promise<void> {
    this.#end.abort();
    await this.#running;
    await Promise.all(this.#under);
  }

  async #run(rate: number): Promise<void> {
    const beganMs = performance.now();
    let due = 0;
    while (!this.#end.signal.aborted) {
      for (const until = ((performance.now() - beganMs) * rate) / 1_000; due < until; due += 1) this.#begin();
      await delay(stepMs, undefined, { signal: this.#end.signal }).catch(() => undefined);
    }
  }

  #begin(): void {
    const seeker = this.#free.shift();
    if (seeker === undefined) {
      this.overruns += 1;
      return;
    }
    const { scheduleIds } = this.#sale;
    const { memberId, date } = seeker;
    const scheduleId = scheduleIds[date % scheduleIds.length] ?? 0;
    const { record } = this.#road;
    const journey = buy(this.#road, { memberId, scheduleId })
      .then(
        () => {
          record.now.purchasesMs.push(performance.now());
          this.#free.push({ memberId, date: date + 1 });
        },
        // Whoever has failed is not sent again: a ticket or a hold may be left.
        (error: unknown) => void record.now.faults.push(error instanceof Error ? error.message : String(error)),
      )
      .finally(() => this.#under.delete(journey));
    this.#under.add(journey);
  }
}
