import { randomUUID } from 'node:crypto';

import { create } from '@bufbuild/protobuf';
import { expect } from '@boxoffice/runtime/testing/tests';
import { ChargeRequestSchema } from '@boxoffice/proto/ledger';
import type { PoolClient } from '@boxoffice/runtime/database/transaction';
import { violations } from '@boxoffice/runtime/database/invariant';
import { openPool, type Pool } from '@boxoffice/runtime/database/pool';
import { transaction } from '@boxoffice/runtime/database/transaction';
import { testDatabase } from '@boxoffice/runtime/testing/database';

import { currency, type AccountRow } from '../account.ts';
import { beginPayment } from '../begin-payment.ts';
import { Charges } from '../charges.ts';
import { invariants } from '../invariants.ts';
import { migrations } from '../migrations/index.ts';
import type { PaymentRow } from '../payment-row.ts';
import { findMemberAccount } from '../sql/find-account.ts';
import { openMemberAccount } from '../sql/open-account.ts';
import { SystemAccounts } from '../system-accounts.ts';

/** The steps of the Ledger by themselves, on a database of their own. */
export interface LedgerDatabase extends AsyncDisposable {
  readonly url: string;
  readonly pool: Pool;
  readonly systemAccounts: SystemAccounts;
  /** Opens an account with a balance; gives the member's id. */
  member(balance: bigint): Promise<string>;
  account(memberId: string): Promise<AccountRow>;
  open(memberId: string): Promise<AccountRow>;
  charge(memberId: string, amount: bigint, requestId?: string): ReturnType<Charges['charge']>;
  /** Charges as a second Ledger would. */
  anotherProcess(): LedgerDatabase['charge'];
  /** T1. */
  reserve(memberId: string, amount: bigint, options?: ReserveOptions): Promise<PaymentRow>;
  /** Fails unless all invariants hold. */
  assertInvariants(): Promise<void>;
}

/** What a test may want to choose of a payment. */
export interface ReserveOptions {
  readonly reservationId?: bigint;
  readonly requestId?: string;
  readonly leaseMs?: number;
  readonly client?: PoolClient;
}

export const partner = 'house';
export const scheduleId = 7n;

let reservations = 0n;

/** A reservation's id that no other test has. */
export function newReservationId(): bigint {
  return (reservations += 1n);
}

export async function ledgerDatabase(): Promise<LedgerDatabase> {
  const database = await testDatabase({ schema: 'ledger', migrations });
  const pool = openPool({ url: database.url, schema: 'ledger', applicationName: 'ledger test', max: 20 });
  const systemAccounts = new SystemAccounts(pool);
  const anotherProcess = (): LedgerDatabase['charge'] => {
    const charges = new Charges(pool);
    return async (memberId, amount, requestId = '') => {
      const request = create(ChargeRequestSchema, { memberId, amount, requestId });
      return charges.charge(partner, request, await systemAccounts.topUp(partner));
    };
  };
  const charge = anotherProcess();
  const open = (memberId: string): Promise<AccountRow> => openMemberAccount.one(pool, [partner, memberId, currency]);
  const order = async (memberId: string, amount: bigint, options: ReserveOptions) => ({
    ticket: { partner, memberId, scheduleId, number: 1n, ticketId: randomUUID(), issuedAt: new Date() },
    reservation: { id: options.reservationId ?? newReservationId(), scheduleId, amount, currencyCode: currency },
    revenue: await systemAccounts.revenue(scheduleId),
    requestId: options.requestId ?? '',
    fingerprint: new Uint8Array(32),
    leaseMs: options.leaseMs ?? 5_000,
  });
  return {
    url: database.url,
    pool,
    systemAccounts,
    async member(balance) {
      const memberId = randomUUID();
      await open(memberId);
      if (balance > 0n) await charge(memberId, balance);
      return memberId;
    },
    open,
    charge,
    anotherProcess,
    account: (memberId) => findMemberAccount.one(pool, [partner, memberId]),
    async reserve(memberId, amount, options = {}) {
      const payment = await order(memberId, amount, options);
      return transaction(pool, (client) => beginPayment(client, payment));
    },
    async assertInvariants() {
      expect(await violations(pool, invariants)).toEqual([]);
    },
    async [Symbol.asyncDispose]() {
      await pool[Symbol.asyncDispose]();
      await database[Symbol.asyncDispose]();
    },
  };
}
