import { Admission } from './admission.ts';
import { Agenda } from './agenda.ts';
import { crowdOf, type Crowd } from './crowd.ts';
import { Departures } from './departures.ts';
import { randomOf, type Random } from './random.ts';
import type { Policy, Sale } from './sale.ts';

/** What there was at a moment. */
export interface Moment {
  readonly at: number;
  readonly waiting: number;
  readonly active: number;
  readonly held: number;
  readonly sold: number;
}

/** What came of a sale. Times in seconds from the opening. */
export interface Outcome {
  readonly crowd: Crowd;
  readonly admission: Admission;
  /** When each was let in, by place from 0 on; NaN: never. */
  readonly admittedAt: Float64Array;
  /** When the last seat was sold; undefined: some were left. */
  readonly soldOutAt: number | undefined;
  /** When nothing more could happen. */
  readonly endedAt: number;
  readonly sold: number;
  readonly buyers: number;
  /** Who was let in and found no seat to hold. */
  readonly tooLate: number;
  /** Who was let in and went without having held one. */
  readonly gaveUp: number;
  /** Whose right to be inside ended before they had chosen. */
  readonly expired: number;
  /** Who went away while they waited. */
  readonly left: number;
  /** Seats that were held, came back, and could be held again. */
  readonly returned: number;
  readonly activeMax: number;
  /** One a second. */
  readonly moments: readonly Moment[];
}

/** As the worker ticks. */
const tick = 0.1;
/** When a sale has not come to its end after a day, it never does. */
const endLimit = 86_400;
/** What becomes of somebody who was let in. */
type Event = { readonly kind: 'chosen' | 'expired' } | { readonly kind: 'paid' | 'returned'; readonly seats: number };

const spreadOfTimes = 1.8;

/** Plays a sale under a policy until all is sold and nobody holds a seat any more, or until nobody is left. */
export function play(sale: Sale, policy: Policy): Outcome {
  return new Play(sale, policy).run();
}

class Play {
  readonly #sale: Sale;
  readonly #policy: Policy;
  readonly #random: Random;
  readonly #crowd: Crowd;
  readonly #admission: Admission;
  readonly #agenda = new Agenda<Event>();
  readonly #admittedAt: Float64Array;
  readonly #moments: Moment[] = [];
  readonly #departures: Departures;
  #now = 0;
  /** The first that was neither let in nor found gone. */
  #next = 0;
  /** How many have come. */
  #come = 0;
  #active = 0;
  #activeMax = 0;
  #open: number;
  #sold = 0;
  #soldOutAt: number | undefined;
  readonly #counts = { buyers: 0, tooLate: 0, gaveUp: 0, expired: 0, returned: 0 };

  constructor(sale: Sale, policy: Policy) {
    this.#sale = sale;
    this.#policy = policy;
    this.#random = randomOf(sale.seed);
    this.#crowd = crowdOf(sale, this.#random);
    this.#admission = new Admission(policy);
    this.#admittedAt = new Float64Array(sale.people).fill(Number.NaN);
    this.#departures = new Departures(this.#crowd.goes);
    this.#open = sale.seats;
  }

  run(): Outcome {
    for (let ticks = 0; !this.#isOver(); ticks += 1) {
      this.#now = ticks * tick;
      while (this.#agenda.nextAt <= this.#now) this.#happen(this.#agenda.take().event);
      this.#letCome();
      this.#letIn();
      this.#note(ticks);
    }
    return {
      crowd: this.#crowd,
      admission: this.#admission,
      admittedAt: this.#admittedAt,
      soldOutAt: this.#soldOutAt,
      endedAt: this.#now,
      sold: this.#sold,
      ...this.#counts,
      left: this.#departures.until(this.#now),
      activeMax: this.#activeMax,
      moments: this.#moments,
    };
  }

  #isOver(): boolean {
    if (this.#now >= endLimit) return true;
    const isSoldOut = this.#sold === this.#sale.seats;
    const isEmpty = this.#next === this.#sale.people && this.#active === 0 && this.#agenda.nextAt === Infinity;
    return isSoldOut || isEmpty;
  }

  #letCome(): void {
    const { came } = this.#crowd;
    while ((came[this.#come] ?? Infinity) <= this.#now) this.#come += 1;
  }

  /** In the order of places; whoever has gone meanwhile is passed over. */
  #letIn(): void {
    let room = this.#admission.room(this.#now, this.#active);
    let admitted = 0;
    for (; room > 0 && this.#next < this.#come; this.#next += 1) {
      const goes = this.#crowd.goes[this.#next] ?? 0;
      if (goes <= this.#now) continue;
      this.#departures.cancel(goes);
      this.#admittedAt[this.#next] = this.#now;
      this.#enter();
      admitted += 1;
      room -= 1;
    }
    if (admitted > 0) this.#admission.admit(this.#now, admitted);
  }

  #enter(): void {
    this.#active += 1;
    this.#activeMax = Math.max(this.#activeMax, this.#active);
    const chooses = this.#random.logNormal(this.#sale.chooseTime, spreadOfTimes);
    const { activeTtl } = this.#policy;
    if (chooses >= activeTtl) this.#agenda.add(this.#now + activeTtl, { kind: 'expired' });
    else this.#agenda.add(this.#now + chooses, { kind: 'chosen' });
  }

  #happen(event: Event): void {
    switch (event.kind) {
      case 'chosen':
        return this.#choose();
      case 'expired':
        this.#counts.expired += 1;
        this.#active -= 1;
        return;
      case 'returned':
        this.#open += event.seats;
        this.#counts.returned += event.seats;
        this.#active -= 1;
        return;
      case 'paid':
        this.#sold += event.seats;
        this.#counts.buyers += 1;
        this.#active -= 1;
        if (this.#sold === this.#sale.seats) this.#soldOutAt = this.#now;
    }
  }

  /** Holds what is wanted, or what is left of it. A ticket lasts as long as the hold. */
  #choose(): void {
    const { giveUpShare, abandonShare, declineShare, seatsEach, holdTime, payTime } = this.#sale;
    const what = this.#random.next();
    if (this.#open === 0 || what < giveUpShare) {
      if (this.#open === 0) this.#counts.tooLate += 1;
      else this.#counts.gaveUp += 1;
      this.#active -= 1;
      return;
    }
    const seats = Math.min(seatsEach, this.#open);
    this.#open -= seats;
    const pays = this.#random.logNormal(payTime, spreadOfTimes);
    const ending = this.#random.next();
    if (ending < abandonShare || pays >= holdTime) this.#agenda.add(this.#now + holdTime, { kind: 'returned', seats });
    else if (ending < abandonShare + declineShare) this.#agenda.add(this.#now + pays, { kind: 'returned', seats });
    else this.#agenda.add(this.#now + pays, { kind: 'paid', seats });
  }

  /** Once a second. */
  #note(ticks: number): void {
    if (ticks % Math.round(1 / tick) !== 0) return;
    this.#moments.push({
      at: this.#now,
      waiting: this.#come - this.#admission.total - this.#departures.until(this.#now),
      active: this.#active,
      held: this.#sale.seats - this.#open - this.#sold,
      sold: this.#sold,
    });
  }
}
