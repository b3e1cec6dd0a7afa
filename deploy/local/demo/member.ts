import { setTimeout as delay } from 'node:timers/promises';

import { UnreachableError, type Answer, type Api, type Call } from './api.ts';
import { pick, type Part } from './cast.ts';
import type { Journal } from './journal.ts';
import { watchPosition, type Position } from './position-stream.ts';
import type { Outcome, Scene, Stage } from './scene.ts';

/** Where members play. */
export interface Setting {
  readonly api: Api;
  readonly scene: Scene;
  readonly journal: Pick<Journal, 'add'>;
  readonly scheduleId: number;
  readonly price: number;
  readonly signal: AbortSignal;
}

interface Seat {
  readonly id: number;
  readonly status: 'OPEN' | 'HELD' | 'SOLD';
}

interface Hold {
  readonly id: number;
  readonly amount: number;
  readonly seats: number;
}

/** The story ends here, because of a refusal. */
class Refused extends Error {
  readonly reason: string;

  constructor(reason: string) {
    super(reason);
    this.reason = reason;
  }
}

const pollMs = 400;
/** Everybody looks for seats so often at most; the ticket runs out before. */
const roundsMax = 60;
/** People who choose for themselves all want the front rows. */
const favouritesMax = 8;
const paymentPollsMax = 120;
const timeIsOver: ReadonlySet<string> = new Set(['TICKET_OVER', 'HOLD_OVER', 'QUEUE_CLOSED']);

/** One member of the audience, from opening an account to the end of their story. */
export class Member {
  readonly #part: Part;
  readonly #setting: Setting;
  #token = '';
  #number = 0;
  #stage: Stage = 'outside';

  constructor(part: Part, setting: Setting) {
    this.#part = part;
    this.#setting = setting;
  }

  /** Opens the account and puts money on it. @throws when that cannot be done. */
  async prepare(): Promise<void> {
    const { memberId, role, wants } = this.#part;
    const { scene, journal, price } = this.#setting;
    await this.#expect([200, 201], { method: 'POST', path: '/members', body: { id: memberId } });
    journal.add({ kind: 'account', memberId });
    const amount = role === 'poor' ? Math.max(1, Math.floor(price / 2)) : wants * price;
    const charges = `/members/${memberId}/charges`;
    const { body } = await this.#expect([201], { method: 'POST', path: charges, body: { amount } });
    journal.add({ kind: 'charge', memberId, transferId: integer(body, 'transferId'), amount });
    scene.ready += 1;
  }

  /** Plays the part. @throws only when the demo ends before the story does. */
  async play(): Promise<void> {
    const { scene, signal } = this.#setting;
    let outcome: Outcome;
    try {
      outcome = await this.#story();
    } catch (error) {
      signal.throwIfAborted();
      outcome = this.#outcomeOf(error);
    }
    scene.finish(outcome, this.#stage);
  }

  #outcomeOf(error: unknown): Outcome {
    const { scene } = this.#setting;
    if (error instanceof Refused) return timeIsOver.has(error.reason) ? 'ran out of time' : 'was turned away';
    scene.surprise(`${this.#part.memberId}: ${error instanceof Error ? error.message : String(error)}`);
    return error instanceof UnreachableError ? 'reached nobody' : 'was turned away';
  }

  async #story(): Promise<Outcome> {
    const { role } = this.#part;
    const joinedMs = performance.now();
    const position = await this.#join();
    if (role === 'vanisher') return 'vanished from the line';
    if (role === 'leaver') {
      await this.#think(100, 1_500);
      await this.#leave();
      return 'left the line';
    }
    if (this.#part.impatient) await this.#peek();
    if (position.status !== 'ADMITTED') await this.#wait();
    this.#stage = 'inside';
    this.#setting.scene.admit(performance.now() - joinedMs);

    const hold = await this.#takeSeats();
    if (hold === undefined) {
      await this.#leave();
      return 'came when all was sold';
    }
    if (role === 'walker') return 'walked away from a hold';
    await this.#think(100, 400);
    if (role === 'releaser') return this.#giveBack(hold, 'gave the seats back');
    if (await this.#pay(hold)) return 'bought seats';
    return this.#giveBack(hold, 'had too little money');
  }

  async #join(): Promise<Position> {
    const { scene, journal, scheduleId } = this.#setting;
    const { memberId } = this.#part;
    const path = `/schedules/${scheduleId}/queue/tickets`;
    const { body, status, retries } = await this.#expect([200, 201], { method: 'POST', path, body: { memberId } });
    this.#token = String(body['token']);
    this.#number = integer(body, 'number');
    this.#stage = 'waiting';
    if (status === 200 && retries === 0) scene.surprise(`${memberId} had a ticket before the first attempt`);
    journal.add({ kind: 'ticket', scheduleId, number: this.#number, memberId });
    scene.join();
    return body as unknown as Position;
  }

  /** Tries the door while it is closed. */
  async #peek(): Promise<void> {
    const answer = await this.#call({ method: 'GET', path: `/schedules/${this.#setting.scheduleId}/seats` });
    if (answer.status === 200 || answer.reason === 'TICKET_WAITING') return; // Or was admitted meanwhile.
    throw new Refused(answer.reason ?? String(answer.status));
  }

  /** Waits until the ticket is admitted, and looks that nobody gets in ahead. @throws Refused when it is over instead. */
  async #wait(): Promise<void> {
    let before = Infinity;
    for await (const { status, ahead } of this.#part.streams ? this.#stream() : this.#polls()) {
      if (ahead > before) {
        this.#setting.scene.surprise(`${this.#part.memberId}: the position rose from ${before} to ${ahead}`);
      }
      before = ahead;
      if (status === 'ADMITTED') return;
      if (status !== 'WAITING') throw this.#refused('TICKET_OVER');
    }
  }

  #stream(): AsyncGenerator<Position> {
    const { api, scheduleId, signal } = this.#setting;
    return watchPosition(api, `/schedules/${scheduleId}/queue/tickets/me/events`, this.#token, signal);
  }

  async *#polls(): AsyncGenerator<Position> {
    const path = `/schedules/${this.#setting.scheduleId}/queue/tickets/me`;
    for (;;) {
      const { body } = await this.#expect([200], { method: 'GET', path });
      yield body as unknown as Position;
      await this.#think(pollMs * 0.75, pollMs * 1.25);
    }
  }

  /** Looks for seats and takes some; undefined when all are sold. */
  async #takeSeats(): Promise<Hold | undefined> {
    const { scheduleId } = this.#setting;
    for (let round = 0; round < roundsMax; round += 1) {
      const { body } = await this.#expect([200], { method: 'GET', path: `/schedules/${scheduleId}/seats` });
      const seats = body as unknown as readonly Seat[];
      const open = seats.filter(({ status }) => status === 'OPEN');
      if (seats.every(({ status }) => status === 'SOLD')) return undefined;
      await this.#think(50, 250);
      const hold = open.length > 0 ? await this.#hold(open) : undefined;
      if (hold !== undefined) return hold;
    }
    return undefined;
  }

  async #hold(open: readonly Seat[]): Promise<Hold | undefined> {
    const { journal, scheduleId, price, scene } = this.#setting;
    const { role, memberId } = this.#part;
    const wants = Math.min(this.#part.wants, open.length);
    const favourites = pick(open.slice(0, favouritesMax), wants).map(({ id }) => id);
    const body = role === 'chooser' ? { seatIds: favourites } : { bestAvailable: wants };
    const answer = await this.#call({ method: 'POST', path: `/schedules/${scheduleId}/reservations`, body });
    if (answer.reason === 'SEAT_TAKEN') {
      if (answer.retries > 0) await this.#suspectLostHold();
      return undefined;
    }
    if (answer.status !== 201) throw new Refused(answer.reason ?? String(answer.status));
    const hold = { id: integer(answer.body, 'id'), amount: integer(answer.body, 'amount'), seats: wants };
    if (hold.amount !== wants * price) scene.surprise(`${memberId}: ${wants} seats cost ${hold.amount}`);
    journal.add({ kind: 'hold', reservationId: hold.id, memberId, amount: hold.amount, seats: wants });
    return hold;
  }

  /** The seats may have been taken by an attempt of our own, whose answer was lost: a repeated request has to tell. */
  async #suspectLostHold(): Promise<void> {
    const { memberId } = this.#part;
    const { body } = await this.#expect([200], { method: 'GET', path: `/members/${memberId}/reservations` });
    const pending = (body['reservations'] as readonly { status: string }[]).some(({ status }) => status === 'PENDING');
    if (pending) this.#setting.scene.surprise(`${memberId}: seats held, but the repeated request said SEAT_TAKEN`);
  }

  /** Whether it could be paid; false when there is too little money. */
  async #pay(hold: Hold): Promise<boolean> {
    const answer = await this.#call({
      method: 'POST',
      path: `/reservations/${hold.id}/payment`,
      body: { amount: hold.amount },
      retryOn: ['PAYMENT_IN_FLIGHT'],
    });
    if (answer.reason === 'BALANCE_TOO_LOW') return this.#tooPoor();
    if (answer.reason !== undefined) {
      await this.#suspectLostPayment(hold, answer);
      throw new Refused(answer.reason);
    }
    const payment = answer.status === 202 ? await this.#awaitPayment(integer(answer.body, 'id')) : answer.body;
    if (payment['status'] !== 'PAID') {
      if (payment['reason'] === 'BALANCE_TOO_LOW') return this.#tooPoor();
      throw this.#refused(typeof payment['reason'] === 'string' ? payment['reason'] : String(payment['status']));
    }
    const { journal, scene } = this.#setting;
    const { memberId } = this.#part;
    const paymentId = integer(payment, 'id');
    journal.add({ kind: 'payment', paymentId, reservationId: hold.id, memberId, amount: hold.amount });
    scene.sell(hold.seats);
    return true;
  }

  #tooPoor(): false {
    const { memberId, role } = this.#part;
    if (role !== 'poor') this.#setting.scene.surprise(`${memberId}: there was enough money`);
    return false;
  }

  async #awaitPayment(id: number): Promise<Answer['body']> {
    for (let poll = 0; poll < paymentPollsMax; poll += 1) {
      const { body } = await this.#expect([200], { method: 'GET', path: `/payments/${id}` });
      if (body['status'] !== 'RESERVED') return body;
      await this.#think(400, 600);
    }
    throw new Error(`payment ${id} is still under way`);
  }

  /** A payment that was made counts, whatever was answered; but a repeated request should have told so. */
  async #suspectLostPayment(hold: Hold, { reason, retries }: Answer): Promise<void> {
    const { body } = await this.#expect([200], { method: 'GET', path: `/reservations/${hold.id}` });
    if (body['status'] !== 'CONFIRMED') return;
    const { scene } = this.#setting;
    scene.surprise(`${this.#part.memberId}: paid, but the answer was ${reason} (after ${retries} attempts)`);
    scene.sell(hold.seats);
  }

  async #giveBack(hold: Hold, outcome: Outcome): Promise<Outcome> {
    await this.#expect([204], { method: 'DELETE', path: `/reservations/${hold.id}` });
    this.#setting.journal.add({ kind: 'released', reservationId: hold.id });
    await this.#leave();
    return outcome;
  }

  async #leave(): Promise<void> {
    const { journal, scheduleId } = this.#setting;
    await this.#expect([204], { method: 'DELETE', path: `/schedules/${scheduleId}/queue/tickets/me` });
    journal.add({ kind: 'left', scheduleId, number: this.#number });
  }

  async #call(call: Call): Promise<Answer> {
    const { api, scene } = this.#setting;
    const answer = await api.call({ ...call, ...(this.#token !== '' && { queueToken: this.#token }) });
    if (answer.reason !== undefined) scene.refuse(answer.reason);
    if (answer.status >= 500) scene.surprise(`${call.method} ${call.path}: ${answer.status} ${answer.reason}`);
    return answer;
  }

  /** @throws Refused unless the answer has one of the statuses. */
  async #expect(statuses: readonly number[], call: Call): Promise<Answer> {
    const answer = await this.#call(call);
    if (statuses.includes(answer.status)) return answer;
    if (answer.reason === undefined) this.#setting.scene.surprise(`${call.method} ${call.path}: ${answer.status}`);
    throw new Refused(answer.reason ?? String(answer.status));
  }

  #refused(reason: string): Refused {
    this.#setting.scene.refuse(reason);
    return new Refused(reason);
  }

  async #think(fromMs: number, toMs: number): Promise<void> {
    await delay(fromMs + Math.random() * (toMs - fromMs), undefined, { signal: this.#setting.signal });
  }
}

function integer(body: Answer['body'], name: string): number {
  const value = body[name];
  if (typeof value !== 'number' || !Number.isSafeInteger(value)) {
    throw new Error(`the answer has no whole number "${name}": ${JSON.stringify(body).slice(0, 200)}`);
  }
  return value;
}
