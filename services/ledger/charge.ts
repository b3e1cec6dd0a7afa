import { balanceMax } from './account.ts';
import type { LockedAccount } from './sql/lock-accounts.ts';

/** Money for a member's account. */
export interface ChargeOrder {
  readonly partner: string;
  readonly memberId: string;
  readonly amount: bigint;
}

/** What an order comes to: the account and the balance after it, or why not. */
export type ChargeDecision =
  | { readonly account: LockedAccount; readonly balance: bigint }
  | { readonly refusal: 'MEMBER_UNKNOWN' | 'BALANCE_LIMIT' };

/**
 * Decides orders, each on what the ones before it have left. What a refund under way will bring has its room below the limit
 * of a balance, so that it can always be posted.
 *
 * @param accounts by {@link memberKey}
 * @returns each order with its decision.
 */
export function decideCharges<Order extends ChargeOrder>(
  orders: readonly Order[],
  accounts: ReadonlyMap<string, LockedAccount>,
): { readonly order: Order; readonly decision: ChargeDecision }[] {
  const balances = new Map<bigint, bigint>();
  const decide = (order: Order): ChargeDecision => {
    const account = accounts.get(memberKey(order));
    if (account === undefined) return { refusal: 'MEMBER_UNKNOWN' };
    const balance = (balances.get(account.id) ?? account.posted) + order.amount;
    if (balance > balanceMax - account.incoming) return { refusal: 'BALANCE_LIMIT' };
    balances.set(account.id, balance);
    return { account, balance };
  };
  return orders.map((order) => ({ order, decision: decide(order) }));
}

/** Names a member among those of all partners. A partner's name has no control characters. */
export function memberKey({ partner, memberId }: Omit<ChargeOrder, 'amount'>): string {
  return `${partner}\n${memberId}`;
}
