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
  readonly state?: 'ON_SALE' | 'CANCELLED';
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
  readonly reservationId: number;
  readonly reason?: string;
  readonly refund?: { readonly id: number; readonly status: string };
}

/** What a member has. */
export interface Balance {
  readonly balance: number;
  readonly held: number;
  readonly currency: string;
}

/** A movement on a member's account. */
export interface Entry {
  readonly id: number;
  readonly kind: 'CHARGE' | 'PAYMENT' | 'REFUND';
  readonly amount: number;
  readonly balanceAfter: number;
  readonly createdAt: string;
  readonly reservationId?: number;
}
