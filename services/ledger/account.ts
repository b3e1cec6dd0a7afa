import { create } from '@bufbuild/protobuf';
import { BalanceSchema, type Balance } from '@boxoffice/proto/ledger';

/** The currency of all accounts, ISO 4217: whole won. */
export const currency = 'KRW';

/** The most a member can have: what every client can read as a number. Also a CHECK of the table. */
export const balanceMax = 2n ** 53n - 1n;

/** What the statements tell of a member's account. */
export interface AccountRow {
  readonly id: bigint;
  readonly member_id: string;
  readonly posted: bigint;
  readonly held: bigint;
  readonly currency: string;
}

/** An account as its member sees it. */
export function balanceOf({ member_id, posted, held, currency }: AccountRow): Balance {
  return create(BalanceSchema, { memberId: member_id, balance: posted, held, currencyCode: currency });
}
