import { isReason, type Reason } from '@boxoffice/proto/reasons';

/** The states of a payment, as stored. */
export const paymentStatuses = ['RESERVED', 'PAID', 'VOIDED', 'DECLINED', 'REFUNDING', 'REFUNDED'] as const;

/** A state of a payment. */
export type PaymentState = (typeof paymentStatuses)[number];

/**
 * What happens to a payment once it is stored: Inventory confirms or rejects it, its refund is asked for, Inventory
 * revokes the reservation, some of its seats, or refuses to.
 */
export const paymentEvents = [
  'CONFIRMED',
  'REJECTED',
  'REFUND_ASKED',
  'REVOKED',
  'REVOKED_IN_PART',
  'REVOKE_REJECTED',
] as const;

/** Something that happens to a payment. */
export type PaymentEvent = (typeof paymentEvents)[number];

const steps: Readonly<Record<PaymentState, Partial<Readonly<Record<PaymentEvent, PaymentState>>>>> = {
  RESERVED: { CONFIRMED: 'PAID', REJECTED: 'VOIDED' },
  PAID: { REFUND_ASKED: 'REFUNDING' },
  REFUNDING: { REVOKED: 'REFUNDED', REVOKED_IN_PART: 'PAID', REVOKE_REJECTED: 'PAID' },
  VOIDED: {},
  DECLINED: {},
  REFUNDED: {},
};

/** How a payment begins: it reserves the money, or there is too little. */
export function begin(available: bigint, amount: bigint): 'RESERVED' | 'DECLINED' {
  return available >= amount ? 'RESERVED' : 'DECLINED';
}

/** The state after an event; undefined when the event means nothing in this state, and so changes nothing. */
export function next(state: PaymentState, event: PaymentEvent): PaymentState | undefined {
  return steps[state][event];
}

/** Whose decision a payment waits for; undefined when it waits for none. */
export function awaited(state: PaymentState): 'confirmation' | 'revocation' | undefined {
  switch (state) {
    case 'RESERVED':
      return 'confirmation';
    case 'REFUNDING':
      return 'revocation';
    case 'PAID':
    case 'VOIDED':
    case 'DECLINED':
    case 'REFUNDED':
      return undefined;
  }
}

/** Whether it keeps its reservation from being paid by another payment. */
export function isLive(state: PaymentState): boolean {
  return state === 'RESERVED' || state === 'PAID' || state === 'REFUNDING';
}

/** Why a second payment of the same reservation is refused, by the state of the live one. */
export function refusalBesides(live: PaymentState): Extract<Reason, 'PAYMENT_IN_FLIGHT' | 'RESERVATION_PAID'> {
  return live === 'RESERVED' ? 'PAYMENT_IN_FLIGHT' : 'RESERVATION_PAID';
}

/** The refusal that a payment's `Pay` ends with; undefined when it ends with the payment. */
export function refusalOf(state: PaymentState, reason: string): Reason | undefined {
  switch (state) {
    case 'DECLINED':
    case 'VOIDED':
      // A reason that a newer Inventory gives and we do not know: the seats are not to be had, that much is sure.
      return isReason(reason) ? reason : 'HOLD_OVER';
    case 'RESERVED':
    case 'PAID':
    case 'REFUNDING':
    case 'REFUNDED':
      return undefined;
  }
}
