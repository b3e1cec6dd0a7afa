// What the REST API answers, as far as this page looks at it.

/** A page of a list under its own name. */
export type Page<Name extends string, Item> = Readonly<Record<Name, readonly Item[]>> & {
  readonly nextPageToken?: string;
};

export interface Concert {
  readonly id: number;
  readonly name: string;
  readonly description: string;
  readonly venue: string;
}

export interface Schedule {
  readonly id: number;
  readonly concertId: number;
  readonly concertName: string;
  readonly date: string;
  readonly state?: 'ON_SALE' | 'CANCELLED';
  readonly bookingOpensAt: string;
  readonly bookingClosesAt: string;
  readonly holdSeconds: number;
  readonly totalSeats: number;
  readonly remainingSeats: number;
  readonly currency: string;
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

export type QueueState = 'SCHEDULED' | 'OPEN' | 'PAUSED' | 'CLOSED';

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

export interface Member {
  readonly id: string;
  readonly balance: number;
  readonly held: number;
  readonly currency: string;
}

export interface Entry {
  readonly id: number;
  readonly kind: 'CHARGE' | 'PAYMENT' | 'REFUND';
  readonly amount: number;
  readonly balanceAfter: number;
  readonly createdAt: string;
  readonly paymentId?: number;
  readonly reservationId?: number;
}

export interface ReservedSeat {
  readonly id: number;
  readonly section: string;
  readonly row: string;
  readonly number: number;
  readonly price: number;
}

export interface Reservation {
  readonly id: number;
  readonly status: 'PENDING' | 'CONFIRMED' | 'EXPIRED' | 'CANCELLED' | 'REFUNDED';
  readonly memberId: string;
  readonly concert: { readonly id: number; readonly name: string };
  readonly schedule: { readonly id: number; readonly date: string };
  readonly seats: readonly ReservedSeat[];
  readonly amount: number;
  readonly refundedSeatIds: readonly number[];
  readonly refundedAmount: number;
  readonly currency: string;
  readonly createdAt: string;
  readonly payment?: { readonly id: number; readonly status: string };
}

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
}

export interface Action {
  readonly id: string;
  readonly at: string;
  readonly operator: string;
  readonly action: string;
  readonly subject: string;
  readonly details: Readonly<Record<string, unknown>>;
}
