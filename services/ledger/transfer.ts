/** Why money moves. */
export type TransferKind = 'CHARGE' | 'PAYMENT' | 'REFUND';

/** `PENDING -> POSTED | VOIDED`; charges and refunds begin as POSTED. */
export type TransferState = 'PENDING' | 'POSTED' | 'VOIDED';

/** Whose account it is. */
export type AccountKind = 'MEMBER' | 'TOP_UP' | 'REVENUE';

/** From where to where each kind moves money. The table holds the same by a trigger. */
export const routes: Readonly<Record<TransferKind, { readonly debit: AccountKind; readonly credit: AccountKind }>> = {
  CHARGE: { debit: 'TOP_UP', credit: 'MEMBER' },
  PAYMENT: { debit: 'MEMBER', credit: 'REVENUE' },
  REFUND: { debit: 'REVENUE', credit: 'MEMBER' },
};

/** The state a transfer begins in: only a payment has to wait for somebody else's decision. */
export function begin(kind: TransferKind): TransferState {
  return kind === 'PAYMENT' ? 'PENDING' : 'POSTED';
}

/** Whether a transfer may go from one state to another. It resolves once. */
export function mayBecome(from: TransferState, to: TransferState): boolean {
  return from === 'PENDING' && to !== 'PENDING';
}

/** One side of a posted transfer. */
export interface Side {
  readonly account: AccountKind;
  /** Added to the account; negative: taken from it. */
  readonly amount: bigint;
}

/**
 * The two entries of a posted transfer, which sum to zero.
 *
 * @throws RangeError when the amount is negative: money goes the other way by another kind.
 */
export function sidesOf(kind: TransferKind, amount: bigint): readonly [debit: Side, credit: Side] {
  if (amount < 0n) throw new RangeError(`a transfer of ${amount}`);
  const { debit, credit } = routes[kind];
  return [
    { account: debit, amount: -amount },
    { account: credit, amount },
  ];
}
