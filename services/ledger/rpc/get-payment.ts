import type { ServiceImpl } from '@connectrpc/connect';
import type { LedgerService } from '@boxoffice/proto/ledger';
import { refuse } from '@boxoffice/runtime/error';
import { identityOf } from '@boxoffice/runtime/identity';

import type { Deps } from '../deps.ts';
import { paymentOf } from '../payment-row.ts';
import { findPayment } from '../sql/find-payment.ts';

/** Gives one payment; somebody else's looks unknown. Asked again and again while it is under way, so a statement. */
export const getPayment =
  (deps: Deps): ServiceImpl<typeof LedgerService>['getPayment'] =>
  async ({ paymentId, memberId }, context) => {
    const { partner } = identityOf(context);
    const found = await findPayment.maybe(deps.pool, [paymentId]);
    const isTheirs = found?.partner === partner && (memberId === '' || found.member_id === memberId);
    if (found === undefined || !isTheirs) throw refuse('PAYMENT_UNKNOWN', `there is no payment ${paymentId}`);
    return { payment: paymentOf(found) };
  };
