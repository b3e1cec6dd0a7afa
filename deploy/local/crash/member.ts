import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';

import { timestampMs } from '@bufbuild/protobuf/wkt';
import { ReservationStatus, type Reservation } from '@boxoffice/proto/inventory';
import { TransferKind } from '@boxoffice/proto/ledger';
import { TicketStatus } from '@boxoffice/proto/queue';

import type { Facts } from './outcome.ts';
import { persistently, quietLimitMs } from './persistently.ts';
import { price, type Clients } from './stage.ts';

const pollMs = 20;

/**
 * A member, as a partner's system acts for one. The steps up to a protocol are gone persistently; the protocols themselves
 * are one call each, with the same request id every time.
 */
export class Member {
  readonly #clients: Clients;
  readonly #scheduleId: bigint;
  readonly #seat: number;
  readonly #memberId = randomUUID();
  readonly #requestId = randomUUID();
  #token = '';
  #seatId = 0n;
  #reservation: Reservation | undefined;
  #paymentId = 0n;

  /** @param seat which one of the date's, from 0 on. */
  constructor(clients: Clients, scheduleId: bigint, seat: number) {
    this.#clients = clients;
    this.#scheduleId = scheduleId;
    this.#seat = seat;
  }

  async openAccount(): Promise<void> {
    await persistently(() => this.#clients.ledger.openAccount({ memberId: this.#memberId }));
  }

  /** Has money for one seat, is let in, and has one in mind. */
  async enter(): Promise<void> {
    const { ledger, queue, inventory } = this.#clients;
    await this.openAccount();
    const requestId = randomUUID();
    await persistently(() => ledger.charge({ requestId, memberId: this.#memberId, amount: price }));
    const join = { requestId, scheduleId: this.#scheduleId, memberId: this.#memberId };
    this.#token = (await persistently(() => queue.join(join))).token;
    await this.#until('ADMITTED');
    const map = { token: this.#token, scheduleId: this.#scheduleId };
    const { seats } = await persistently(() => inventory.listSeats(map));
    this.#seatId = seats[this.#seat]?.id ?? 0n;
  }

  /** Holds the seat. */
  async haveHeld(): Promise<void> {
    const requestId = randomUUID();
    const { reservation } = await persistently(() => this.#hold(requestId));
    this.#reservation = reservation;
  }

  /** Pays it, and has nothing more to do in the queue. */
  async havePaid(): Promise<void> {
    const requestId = randomUUID();
    const { payment } = await persistently(() => this.#pay(requestId));
    this.#paymentId = payment?.id ?? 0n;
    await this.#until('COMPLETED');
  }

  /** Gives the seat back. */
  async letGo(): Promise<void> {
    const release = { reservationId: this.#reservation?.id ?? 0n, memberId: this.#memberId };
    await persistently(() => this.#clients.inventory.releaseReservation(release));
  }

  charge(): Promise<unknown> {
    const { ledger } = this.#clients;
    return ledger.charge({ requestId: this.#requestId, memberId: this.#memberId, amount: price });
  }

  hold(): Promise<unknown> {
    return this.#hold(this.#requestId);
  }

  extend(): Promise<unknown> {
    const reservationId = this.#reservation?.id ?? 0n;
    return this.#clients.inventory.extendHold({ requestId: this.#requestId, token: this.#token, reservationId });
  }

  pay(): Promise<unknown> {
    return this.#pay(this.#requestId);
  }

  refund(): Promise<unknown> {
    return this.#clients.ledger.refund({ requestId: this.#requestId, paymentId: this.#paymentId });
  }

  /** What there is of the member in all three services. */
  async facts(): Promise<Facts> {
    const memberId = this.#memberId;
    const { ledger, inventory } = this.#clients;
    const { balance } = await persistently(() => ledger.getBalance({ memberId }));
    const { entries } = await persistently(() => ledger.listEntries({ memberId }));
    const { reservations } = await persistently(() => inventory.listReservations({ memberId }));
    return {
      balance: balance?.balance ?? -1n,
      held: balance?.held ?? -1n,
      movements: entries.map(({ kind }) => TransferKind[kind]).reverse(),
      reservations: reservations
        .toSorted((a, b) => (a.id < b.id ? -1 : 1))
        .map(({ status }) => ReservationStatus[status]),
      extended: reservations.some(({ id, expiresAt }) => {
        const known = this.#reservation?.id === id ? this.#reservation.expiresAt : undefined;
        return known !== undefined && expiresAt !== undefined && timestampMs(expiresAt) > timestampMs(known);
      }),
      ticket: this.#token === '' ? undefined : await this.#ticket(),
    };
  }

  #hold(requestId: string) {
    const { inventory } = this.#clients;
    return inventory.holdSeats({
      requestId,
      token: this.#token,
      scheduleId: this.#scheduleId,
      seatIds: [this.#seatId],
    });
  }

  #pay(requestId: string) {
    return this.#clients.ledger.pay({ requestId, token: this.#token, reservationId: this.#reservation?.id ?? 0n });
  }

  /** @throws Error when the ticket is not so in time; a payment that was begun is finished by then, too. */
  async #until(state: string): Promise<void> {
    const end = performance.now() + quietLimitMs;
    while ((await this.#ticket()) !== state) {
      if (performance.now() > end) throw new Error(`the ticket of ${this.#memberId} is not ${state}`);
      await delay(pollMs);
    }
  }

  async #ticket(): Promise<string> {
    const { ticket } = await persistently(() => this.#clients.queue.getTicket({ token: this.#token }));
    return TicketStatus[ticket?.status ?? TicketStatus.UNSPECIFIED];
  }
}
