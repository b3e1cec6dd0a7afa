// What the REST API answers, as far as the pages look at it.

/** A page of a list. */
export type Page<Name extends string, Item> = Readonly<Record<Name, readonly Item[]>> & {
  readonly nextPageToken?: string;
};

/** A concert. */
export interface Concert {
  readonly id: number;
  readonly name: string;
  readonly description: string;
  readonly venue: string;
}

/** A date of a concert. */
export interface Schedule {
  readonly id: number;
  readonly concertId: number;
  readonly concertName: string;
  readonly date: string;
  readonly bookingOpensAt: string;
  readonly bookingClosesAt: string;
  readonly holdSeconds: number;
  readonly totalSeats: number;
  readonly remainingSeats: number;
  readonly currency: string;
  readonly state: 'ON_SALE' | 'CANCELLED';
}

/** How a ticket to the queue stands. */
export interface Position {
  readonly number: number;
  readonly status: 'WAITING' | 'ADMITTED' | 'COMPLETED' | 'EXPIRED' | 'LEFT';
  /** Null in a lobby, whose order is not drawn yet. */
  readonly ahead: number | null;
  readonly estimatedWaitSeconds: number | null;
  readonly estimatedWaitRange: { readonly minSeconds: number; readonly maxSeconds: number } | null;
  readonly admittedUntil?: string;
  readonly lobby?: true;
  readonly opensAt?: string;
  readonly paused?: true;
}

/** Where a seat is, and what it costs. */
export interface Place {
  readonly id: number;
  readonly number: number;
  readonly section: string;
  readonly row: string;
  readonly price: number;
}

/** A seat of a seat map. */
export interface Seat extends Place {
  readonly status: 'OPEN' | 'HELD' | 'SOLD';
}

/** Seats held or bought. */
export interface Reservation {
  readonly id: number;
  readonly status: 'PENDING' | 'CONFIRMED' | 'EXPIRED' | 'CANCELLED' | 'REFUNDED';
  readonly memberId: string;
  readonly concert: { readonly id: number; readonly name: string };
  readonly schedule: { readonly id: number; readonly date: string };
  readonly seats: readonly Place[];
  readonly amount: number;
  readonly refundedSeatIds: readonly number[];
  readonly refundedAmount: number;
  readonly currency: string;
  readonly createdAt: string;
  readonly expiresAt: string;
  readonly confirmedAt?: string;
  readonly payment?: { readonly id: number; readonly status: string };
}

/** A payment, and the refund that was asked for. */
export interface Payment {
  readonly id: number;
  readonly status: 'RESERVED' | 'PAID' | 'VOIDED' | 'DECLINED' | 'REFUNDING' | 'REFUNDED';
  readonly amount: number;
  readonly refundedAmount: number;
  readonly currency: string;
  readonly reservationId: number;
  readonly scheduleId: number;
  readonly memberId: string;
  readonly reason?: string;
  readonly createdAt: string;
  readonly refund?: { readonly id: number; readonly status: string };
}

/** What a member has. */
export interface Balance {
  readonly balance: number;
  readonly held: number;
  readonly currency: string;
}

/** A movement on a member’s account. */
export interface Entry {
  readonly id: number;
  readonly kind: 'CHARGE' | 'PAYMENT' | 'REFUND';
  readonly amount: number;
  readonly balanceAfter: number;
  readonly createdAt: string;
  readonly paymentId?: number;
  readonly reservationId?: number;
}

/** A member, with what the member has. */
export interface Member extends Balance {
  readonly id: string;
}

/** The fields of a policy, each 0 where there is no limit. */
export interface Policy {
  readonly maxActive: number;
  readonly admitCount: number;
  readonly admitIntervalSeconds: number;
  readonly activeTtlSeconds: number;
  readonly presenceTtlSeconds: number;
  readonly maxWaiting: number;
  readonly maxPerAddress: number;
}

/** The states of a queue. */
export type QueueState = 'SCHEDULED' | 'OPEN' | 'PAUSED' | 'CLOSED';

/** A queue with its policy and its live numbers. */
export interface Queue extends Policy {
  readonly scheduleId: number;
  readonly state: QueueState;
  readonly waiting: number;
  readonly admitted: number;
  readonly admittedTotal: number;
  readonly issuedTotal: number;
  readonly opensAt: string;
}

/** A queue in a list, with its date. */
export interface ListedQueue extends Queue {
  readonly schedule?: Schedule;
}

/** A date at this moment. */
export interface Live {
  readonly at: string;
  readonly schedule: Schedule;
  readonly queue: Queue;
  readonly seats: { readonly open: number; readonly held: number; readonly sold: number };
  readonly payments: Readonly<Record<'reserved' | 'paid' | 'voided' | 'declined' | 'refunding' | 'refunded', number>>;
  readonly revenue: number;
  readonly currency: string;
  readonly process: string;
  readonly answers: number;
  readonly errors: number;
}

/** What an operator did. */
export interface Action {
  readonly id: string;
  readonly at: string;
  readonly operator: string;
  readonly action: string;
  readonly subject: string;
  readonly details: Readonly<Record<string, unknown>>;
}
