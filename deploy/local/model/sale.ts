/**
 * An on-sale as it should be: what every step comes to, computed in memory. Nothing in here knows how the system does it.
 */

/** What a step comes to: it is done, or the reason of its refusal. */
export type Outcome = string;

/** The outcome of what is done. */
export const done: Outcome = 'done';

export interface Ticket {
  readonly number: number;
  status: 'WAITING' | 'ADMITTED' | 'COMPLETED' | 'EXPIRED' | 'LEFT';
  admitted: boolean;
}

export interface Member {
  balance: number;
  held: number;
  readonly tickets: Ticket[];
}

export interface Seat {
  price: number;
  /** The reservation that holds or owns it, if that is still so. */
  holder: Reservation | undefined;
}

export interface Reservation {
  readonly member: Member;
  readonly ticket: Ticket;
  /** The seats with their prices at the hold. */
  readonly seats: readonly { readonly seat: Seat; readonly price: number }[];
  readonly refunded: Set<Seat>;
  status: 'PENDING' | 'CONFIRMED' | 'EXPIRED' | 'CANCELLED' | 'REFUNDED';
  extended: boolean;
}

export interface Payment {
  readonly member: Member;
  /** The ticket that it was begun with. */
  readonly ticket: Ticket;
  readonly reservation: Reservation;
  readonly amount: number;
  status: 'RESERVED' | 'PAID' | 'VOIDED' | 'DECLINED' | 'REFUNDING' | 'REFUNDED';
  refunded: number;
  /** The refund under way. */
  refunding: { readonly seats: readonly Seat[]; readonly named: boolean; readonly closing: boolean } | undefined;
}

/** What a sale is played with. */
export interface SaleOptions {
  readonly prices: readonly number[];
  readonly members: number;
  readonly balance: number;
  readonly maxActive: number;
}

/** How far a payment or refund gets before its Ledger dies. */
export type Death =
  /** It is written, but not committed. */
  | 'written'
  /** The money is set aside, or room is made for it. */
  | 'begun'
  /** Inventory has decided. */
  | 'decided'
  /** The money has moved; the ticket lives. */
  | 'settled';

/** The outcome of a step in which somebody died, and nobody answered. */
export const died: Outcome = 'died';

export class Sale {
  readonly seats: readonly Seat[];
  readonly members: readonly Member[];
  readonly reservations: Reservation[] = [];
  readonly payments: Payment[] = [];
  readonly maxActive: number;
  #issued = 0;

  constructor({ prices, members, balance, maxActive }: SaleOptions) {
    this.seats = prices.map((price) => ({ price, holder: undefined }));
    this.members = Array.from({ length: members }, () => ({ balance, held: 0, tickets: [] }));
    this.maxActive = maxActive;
  }

  join(member: Member): Ticket {
    const last = member.tickets.at(-1);
    if (last && isLive(last)) return last;
    const ticket: Ticket = { number: ++this.#issued, status: 'WAITING', admitted: false };
    member.tickets.push(ticket);
    return ticket;
  }

  leave(member: Member): Outcome {
    const ticket = ticketOf(member);
    if (isLive(ticket)) ticket.status = 'LEFT';
    return done;
  }

  /** The worker admits those who are next, as many as there are places. */
  tick(): void {
    const tickets = this.members.flatMap((member) => member.tickets);
    let places = this.maxActive - tickets.filter(({ status }) => status === 'ADMITTED').length;
    for (const ticket of tickets.sort((a, b) => a.number - b.number)) {
      if (ticket.status !== 'WAITING' || places <= 0) continue;
      ticket.status = 'ADMITTED';
      ticket.admitted = true;
      places--;
    }
  }

  /** An admitted ticket runs out. */
  expireTicket(member: Member): void {
    const ticket = ticketOf(member);
    if (ticket.status === 'ADMITTED') ticket.status = 'EXPIRED';
  }

  charge(member: Member, amount: number): Outcome {
    member.balance += amount;
    return done;
  }

  hold(member: Member, seats: readonly Seat[]): Outcome {
    const refusal = refusalOfTicket(ticketOf(member));
    if (refusal !== undefined) return refusal;
    if (seats.some(({ holder }) => holder !== undefined)) return 'SEAT_TAKEN';
    const reservation: Reservation = {
      member,
      ticket: ticketOf(member),
      seats: seats.map((seat) => ({ seat, price: seat.price })),
      refunded: new Set(),
      status: 'PENDING',
      extended: false,
    };
    for (const seat of seats) seat.holder = reservation;
    this.reservations.push(reservation);
    return done;
  }

  extend(reservation: Reservation): Outcome {
    const refusal = refusalOfTicket(ticketOf(reservation.member));
    if (refusal !== undefined) return refusal;
    if (reservation.status !== 'PENDING') return 'HOLD_OVER';
    if (reservation.extended) return 'HOLD_EXTENDED';
    reservation.extended = true;
    return done;
  }

  release(reservation: Reservation): Outcome {
    if (reservation.status === 'CONFIRMED') return 'RESERVATION_PAID';
    if (reservation.status === 'PENDING') end(reservation, 'CANCELLED');
    return done;
  }

  /** The time of a hold is up. */
  expire(reservation: Reservation): void {
    if (reservation.status === 'PENDING') end(reservation, 'EXPIRED');
  }

  changePrice(price: number): Outcome {
    for (const seat of this.seats) seat.price = price;
    return done;
  }

  pay(reservation: Reservation, death?: Death): Outcome {
    const { member } = reservation;
    const ticket = ticketOf(member);
    const refusal = refusalOfTicket(ticket);
    if (refusal === 'TICKET_OVER' && reservation.status === 'CONFIRMED') return 'RESERVATION_PAID';
    if (refusal !== undefined) return refusal;
    if (reservation.status === 'CONFIRMED') return 'RESERVATION_PAID';
    if (reservation.status !== 'PENDING') return 'HOLD_OVER';
    if (this.payments.some((payment) => payment.reservation === reservation && payment.status === 'RESERVED')) {
      return 'PAYMENT_IN_FLIGHT';
    }
    if (death === 'written') return died;
    const amount = sum(reservation.seats.map(({ price }) => price));
    const payment: Payment = {
      member,
      ticket,
      reservation,
      amount,
      status: 'RESERVED',
      refunded: 0,
      refunding: undefined,
    };
    this.payments.push(payment);
    if (member.balance - member.held < amount) {
      payment.status = 'DECLINED';
      return death === 'begun' ? died : 'BALANCE_TOO_LOW';
    }
    member.held += amount;
    return this.#go(payment, death);
  }

  /** @param seats none: all that are left. */
  refund(payment: Payment, seats: readonly Seat[], death?: Death): Outcome {
    const left = payment.reservation.seats
      .map(({ seat }) => seat)
      .filter((seat) => !payment.reservation.refunded.has(seat));
    // Nothing is to be done, but a Ledger can die of it.
    if (payment.status === 'REFUNDED' && seats.length === 0) {
      return death === 'written' || death === 'begun' ? died : done;
    }
    if (payment.refunding !== undefined) {
      const under = payment.refunding;
      const same = seats.length === 0 ? under.closing : under.named && isSame(seats, under.seats);
      if (!same) return 'REFUND_IN_FLIGHT';
      if (death === 'written') return died;
      return this.#go(payment, death);
    }
    if (payment.status === 'RESERVED' || payment.status === 'VOIDED' || payment.status === 'DECLINED') {
      return 'PAYMENT_NOT_PAID';
    }
    if (seats.some((seat) => payment.reservation.refunded.has(seat))) return 'SEAT_REFUNDED';
    if (death === 'written') return died;
    payment.status = 'REFUNDING';
    const refunding = seats.length === 0 ? left : seats;
    payment.refunding = { seats: refunding, named: seats.length > 0, closing: refunding.length === left.length };
    return this.#go(payment, death);
  }

  /** Whatever was left standing is taken over and finished. */
  resume(): void {
    for (const payment of this.payments) this.#go(payment);
    for (const { status, ticket } of this.payments) if (isSettled(status)) complete(ticket);
  }

  #go(payment: Payment, death?: Death): Outcome {
    if (payment.status === 'RESERVED') return confirm(payment, death);
    if (payment.status === 'REFUNDING') return revoke(payment, death);
    return done;
  }

  /** What can be seen of it. */
  view() {
    return {
      seats: this.seats.map(({ price, holder }) => ({
        price,
        state: holder === undefined ? 'OPEN' : holder.status === 'PENDING' ? 'HELD' : 'SOLD',
        holder: holder && this.reservations.indexOf(holder),
      })),
      members: this.members.map(({ balance, held, tickets }) => ({
        balance,
        held,
        tickets: tickets.map(({ number, status }) => ({ number, status })),
      })),
      reservations: this.reservations.map(({ status, refunded, seats }) => ({
        status,
        refunded: sum(seats.filter(({ seat }) => refunded.has(seat)).map(({ price }) => price)),
      })),
      payments: this.payments.map(({ status, amount, refunded }) => ({ status, amount, refunded })),
    };
  }
}

/** A ticket that its member has, or had last. @throws Error for who never joined. */
export function ticketOf(member: Member): Ticket {
  const ticket = member.tickets.at(-1);
  if (ticket === undefined) throw new Error('a member without a ticket');
  return ticket;
}

function isLive({ status }: Ticket): boolean {
  return status === 'WAITING' || status === 'ADMITTED';
}

function isSettled(status: Payment['status']): boolean {
  return status === 'PAID' || status === 'REFUNDING' || status === 'REFUNDED';
}

function refusalOfTicket({ status }: Ticket): 'TICKET_WAITING' | 'TICKET_OVER' | undefined {
  if (status === 'WAITING') return 'TICKET_WAITING';
  return status === 'ADMITTED' ? undefined : 'TICKET_OVER';
}

/** C1, T2, Q1. */
function confirm(payment: Payment, death?: Death): Outcome {
  if (death === 'begun') return died;
  const { reservation, member, amount, ticket } = payment;
  // Confirmed already, by this payment, when an earlier Ledger died behind the decision.
  const confirmed = reservation.status === 'PENDING' || reservation.status === 'CONFIRMED';
  if (confirmed) reservation.status = 'CONFIRMED';
  if (death === 'decided') return died;
  member.held -= amount;
  payment.status = confirmed ? 'PAID' : 'VOIDED';
  if (!confirmed) return 'HOLD_OVER';
  member.balance -= amount;
  if (death === 'settled') return died;
  complete(ticket);
  return done;
}

/** The same backwards. */
function revoke(payment: Payment, death?: Death): Outcome {
  if (death === 'begun') return died;
  const { reservation, member } = payment;
  const refunding = payment.refunding?.seats ?? [];
  const priceOf = (seat: Seat): number => reservation.seats.find((one) => one.seat === seat)?.price ?? 0;
  for (const seat of refunding) {
    // Revoked already when an earlier Ledger died behind the decision; then it may be somebody else's by now.
    if (reservation.refunded.has(seat)) continue;
    reservation.refunded.add(seat);
    seat.holder = undefined;
  }
  if (reservation.refunded.size === reservation.seats.length) reservation.status = 'REFUNDED';
  if (death === 'decided') return died;
  const amount = sum(refunding.map(priceOf));
  payment.refunded += amount;
  member.balance += amount;
  payment.status = reservation.status === 'REFUNDED' ? 'REFUNDED' : 'PAID';
  payment.refunding = undefined;
  return death === 'settled' ? died : done;
}

function complete(ticket: Ticket): void {
  if (ticket.admitted) ticket.status = 'COMPLETED';
}

function end(reservation: Reservation, status: 'EXPIRED' | 'CANCELLED'): void {
  reservation.status = status;
  for (const { seat } of reservation.seats) if (seat.holder === reservation) seat.holder = undefined;
}

function isSame<T>(some: readonly T[], others: readonly T[]): boolean {
  return some.length === others.length && some.every((one) => others.includes(one));
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
