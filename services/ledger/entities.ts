import { defineEntity, p } from '@mikro-orm/core';

import type { TransferKind, TransferState } from './transfer.ts';

// What a statement of account shows. Whatever locks or changes money, or is asked often, is a statement in `sql/`.

/** A payment, as far as an entry tells of it. */
export const Payment = defineEntity({
  name: 'Payment',
  tableName: 'payments',
  properties: {
    id: p.bigint().primary(),
    reservationId: p.bigint(),
  },
});

/** A transfer. */
export const Transfer = defineEntity({
  name: 'Transfer',
  tableName: 'transfers',
  properties: {
    id: p.bigint().primary(),
    kind: p.string().$type<TransferKind>(),
    state: p.string().$type<TransferState>(),
    amount: p.bigint(),
    payment: () => p.manyToOne(Payment).nullable(),
  },
});

/** One side of a posted transfer. */
export const Entry = defineEntity({
  name: 'Entry',
  tableName: 'entries',
  properties: {
    id: p.bigint().primary(),
    transfer: () => p.manyToOne(Transfer),
    accountId: p.bigint(),
    amount: p.bigint(),
    balanceAfter: p.bigint().nullable(),
    createdAt: p.datetime(),
  },
});

/** Everything that is mapped. */
export const entities = [Payment, Transfer, Entry];
