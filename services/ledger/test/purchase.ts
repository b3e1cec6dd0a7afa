import { randomUUID } from 'node:crypto';

import { expect } from '@boxoffice/runtime/testing/tests';
import type { Client } from '@connectrpc/connect';
import type { Reservation } from '@boxoffice/proto/inventory';
import type { LedgerService } from '@boxoffice/proto/ledger';
import type { TicketClaims } from '@boxoffice/proto/ticket-token';
import { transaction } from '@boxoffice/runtime/database/transaction';
import { violations } from '@boxoffice/runtime/database/invariant';
import { reasonOf } from '@boxoffice/runtime/error';

import { beginPayment } from '../begin-payment.ts';
import { invariants } from '../invariants.ts';
import type { PaymentRow } from '../payment-row.ts';
import { SystemAccounts } from '../system-accounts.ts';
import type { BoxOffice, Caller } from './box-office.ts';

/** A member who is admitted, holds seats and has money. */
export interface Purchase {
  readonly memberId: string;
  readonly scheduleId: bigint;
  readonly token: string;
  readonly reservation: Reservation;
}

/** What a test may want to choose of a purchase. */
export interface PurchaseOptions {
  readonly scheduleId: bigint;
  readonly memberId?: string;
  readonly balance?: bigint;
  readonly seats?: number;
  readonly caller?: Caller;
}

/** Brings a member to where paying is next. */
export async function prepare(
  office: BoxOffice,
  ledger: Client<typeof LedgerService>,
  { scheduleId, memberId = randomUUID(), balance = 0n, seats = 1, caller = 'bff' }: PurchaseOptions,
): Promise<Purchase> {
  await ledger.openAccount({ memberId });
  if (balance > 0n) await ledger.charge({ memberId, amount: balance });
  const token = await office.admitted(scheduleId, memberId, caller);
  const reservation = await office.hold(token, scheduleId, seats, caller);
  return { memberId, scheduleId, token, reservation };
}

/** T1 alone, as a Ledger does it that is killed right after. */
export function beginOnly(office: BoxOffice, purchase: Purchase, requestId = ''): Promise<PaymentRow> {
  return beginWith(office, purchase, requestId, claimsOf(purchase.token));
}

async function beginWith(
  office: BoxOffice,
  { reservation }: Purchase,
  requestId: string,
  ticket: TicketClaims,
): Promise<PaymentRow> {
  const { ledger } = office.pools;
  const revenue = await new SystemAccounts(ledger).revenue(reservation.scheduleId);
  const order = { ticket, reservation, revenue, requestId, fingerprint: new Uint8Array(32), leaseMs: 0 };
  return transaction(ledger, (client) => beginPayment(client, order));
}

/** What is in a token, without a look at its signature. */
function claimsOf(token: string): TicketClaims {
  const payload = Buffer.from(token.split('.')[1] ?? '', 'base64url').toString();
  const { sub, ptn, sid, num, jti } = JSON.parse(payload) as Record<'sub' | 'ptn' | 'sid' | 'num' | 'jti', string>;
  return {
    partner: ptn,
    memberId: sub,
    scheduleId: BigInt(sid),
    number: BigInt(num),
    ticketId: jti,
    issuedAt: new Date(),
  };
}

/** Keeps Inventory from deciding on a reservation until it is disposed. */
export async function blocked(office: BoxOffice, { reservation }: Purchase): Promise<AsyncDisposable> {
  const client = await office.pools.inventory.connect();
  await client.query('begin');
  await client.query('select from reservations where id = $1 for update', [reservation.id]);
  return {
    async [Symbol.asyncDispose]() {
      await client.query('rollback');
      client.release();
    },
  };
}

/** The reason a call is refused for; fails when it is not refused. */
export async function refusalOf(call: Promise<unknown>): Promise<string | undefined> {
  const error = await call.then(
    () => undefined,
    (failure: unknown) => failure,
  );
  expect(error).toBeDefined();
  return reasonOf(error) ?? String(error);
}

/** Fails unless all invariants of the Ledger hold. */
export async function assertInvariants(office: BoxOffice): Promise<void> {
  expect(await violations(office.pools.ledger, invariants)).toEqual([]);
}
