import { create } from '@bufbuild/protobuf';
import type { HandlerContext, ServiceImpl } from '@connectrpc/connect';
import {
  RefundRequestSchema,
  RefundResponseSchema,
  type LedgerService,
  type RefundResponse,
} from '@boxoffice/proto/ledger';
import { once } from '@boxoffice/runtime/database/requests';
import type { PoolClient } from '@boxoffice/runtime/database/transaction';
import { refuse } from '@boxoffice/runtime/error';
import { identityOf } from '@boxoffice/runtime/identity';
import { markReplay, responseOf } from '@boxoffice/runtime/replay';

import { settledInTime } from '../answer.ts';
import { beginRefund } from '../begin-refund.ts';
import type { Deps } from '../deps.ts';
import { drive } from '../driver.ts';
import { paymentOf, type PaymentRow } from '../payment-row.ts';
import { findPayment } from '../sql/find-payment.ts';

type Refund = ServiceImpl<typeof LedgerService>['refund'];

/**
 * Refunds a payment: has its seats opened again, then gives the money back. Answers when that has ended, or shortly before
 * the caller's deadline with the payment REFUNDING.
 */
export const refund =
  (deps: Deps): Refund =>
  async (request, context) => {
    const { partner } = identityOf(context);
    const { requestId, paymentId, memberId } = request;
    const { answerMarginMs, leaseMs } = deps.limits;
    const work = async (client: PoolClient): Promise<RefundResponse> => {
      const begun = await beginRefund(client, { paymentId, partner, memberId, leaseMs });
      await deps.faults.reach('refund/begin-written');
      return create(RefundResponseSchema, { payment: paymentOf(begun) });
    };
    await deps.faults.reach('refund/before-begin');
    const { replayed } = await deps.drives.withRoom(() =>
      once(
        deps.pool,
        {
          requestId,
          partner,
          memberId,
          operation: 'Refund',
          request,
          requestSchema: RefundRequestSchema,
          responseSchema: RefundResponseSchema,
        },
        work,
      ),
    );
    await deps.faults.reach('refund/begun');
    // As it stands now: a request that is told again may find it finished.
    const payment = await findPayment.one(deps.pool, [paymentId]);
    if (payment.status !== 'REFUNDING') return answer(payment, replayed, context);
    const settled = await settledInTime(drive(deps, payment), context, answerMarginMs);
    await deps.faults.reach('refund/before-answer');
    return answer(settled, replayed, context);
  };

function answer(payment: PaymentRow, replayed: boolean, context: HandlerContext): Awaited<ReturnType<Refund>> {
  if (payment.status !== 'PAID') return responseOf(context, { response: { payment: paymentOf(payment) }, replayed });
  const metadata = { paymentId: String(payment.id), rejection: payment.reason };
  const message = `the refund of payment ${payment.id} was rejected: ${payment.reason}`;
  const refusal = refuse('PAYMENT_NOT_PAID', message, { metadata });
  if (replayed) markReplay(refusal.metadata);
  throw refusal;
}
