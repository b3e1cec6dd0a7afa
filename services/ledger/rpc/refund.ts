import { create } from '@bufbuild/protobuf';
import type { HandlerContext, ServiceImpl } from '@connectrpc/connect';
import {
  RefundRequestSchema,
  RefundResponseSchema,
  type LedgerService,
  type RefundRequest,
} from '@boxoffice/proto/ledger';
import { recordAction } from '@boxoffice/runtime/database/actions';
import { once, type OnceResponse } from '@boxoffice/runtime/database/requests';
import type { PoolClient } from '@boxoffice/runtime/database/transaction';
import { refuse } from '@boxoffice/runtime/error';
import { identityOf } from '@boxoffice/runtime/identity';
import { markReplay, responseOf } from '@boxoffice/runtime/replay';

import { settledInTime } from '../answer.ts';
import { beginRefund, SeatsNeeded } from '../begin-refund.ts';
import type { Deps } from '../deps.ts';
import { drive } from '../driver.ts';
import { readPaidSeats, type PaidSeats } from '../paid-seats.ts';
import { paymentOf } from '../payment-row.ts';
import { refusalOfRejection } from '../refund.ts';
import { refundOf, type RefundRow } from '../refund-row.ts';
import { findPayment } from '../sql/find-payment.ts';
import { findRefund } from '../sql/find-refund.ts';

type Refund = ServiceImpl<typeof LedgerService>['refund'];
type Begun = OnceResponse<typeof RefundResponseSchema>;

/** Each but the first is for a refund that another call has begun and ended since the seats were read. */
const readingsMax = 3;

/**
 * Refunds a payment or some of its seats: has them opened again, then gives the money back. Answers when that has ended, or
 * shortly before the caller's deadline with the payment REFUNDING.
 */
export const refund =
  (deps: Deps): Refund =>
  async (request, context) => {
    await deps.faults.reach('refund/before-begin');
    const { response, replayed } = await deps.drives.withRoom(() => begin(deps, request, context));
    await deps.faults.reach('refund/begun');
    const id = response.refund?.id ?? (await refundBefore(deps, request.paymentId));
    // As it stands now: a request that is told again may find it finished.
    const row = await findRefund.one(deps.pool, [id]);
    if (row.refund_status !== 'PENDING') return answer(row, replayed, context);
    await settledInTime(drive(deps, row), context, deps.limits.answerMarginMs);
    await deps.faults.reach('refund/before-answer');
    return answer(await findRefund.one(deps.pool, [id]), replayed, context);
  };

/**
 * The seats are read only when a transaction finds that it needs them: a request that was answered is answered again though
 * Inventory is away, and what can be refused without it is.
 */
async function begin(deps: Deps, request: RefundRequest, context: HandlerContext): Promise<Begun> {
  let paid: PaidSeats | undefined;
  for (let readings = 0; ; readings += 1) {
    try {
      return await beginOnce(deps, request, context, paid);
    } catch (error) {
      if (!(error instanceof SeatsNeeded)) throw error;
      const { payment } = error;
      if (readings === readingsMax) {
        const metadata = { paymentId: String(payment.id) };
        const message = `other refunds of payment ${payment.id} were faster each time`;
        throw refuse('REFUND_IN_FLIGHT', message, { metadata, retryAfterMs: 500 });
      }
      paid = await readPaidSeats(deps, payment, context);
    }
  }
}

async function beginOnce(
  { pool, faults, limits: { leaseMs } }: Deps,
  request: RefundRequest,
  context: HandlerContext,
  paid: PaidSeats | undefined,
): Promise<Begun> {
  const { partner } = identityOf(context);
  const { requestId, paymentId, memberId, seatIds } = request;
  const asked = {
    requestId,
    partner,
    memberId,
    operation: 'Refund',
    request,
    requestSchema: RefundRequestSchema,
    responseSchema: RefundResponseSchema,
  };
  return once(pool, asked, async (client: PoolClient) => {
    const row = await beginRefund(client, { paymentId, partner, memberId, seatIds, paid, leaseMs });
    await recordAction(client, context, request, { kind: 'payments', id: paymentId, field: 'paymentId' });
    await faults.reach('refund/begin-written');
    return create(RefundResponseSchema, { payment: paymentOf(row), refund: refundOf(row) });
  });
}

/** An answer that was stored before answers told of the refund: there was one a payment. */
async function refundBefore({ pool }: Deps, paymentId: bigint): Promise<bigint> {
  const { refund_id } = await findPayment.one(pool, [paymentId]);
  if (refund_id === null) throw new Error(`payment ${paymentId} has no refund`);
  return refund_id;
}

function answer(row: RefundRow, replayed: boolean, context: HandlerContext): Awaited<ReturnType<Refund>> {
  if (row.refund_status !== 'REJECTED') {
    return responseOf(context, { response: { payment: paymentOf(row), refund: refundOf(row) }, replayed });
  }
  const metadata = { paymentId: String(row.id), refundId: String(row.refund), rejection: row.refund_reason };
  const message = `refund ${row.refund} of payment ${row.id} was rejected: ${row.refund_reason}`;
  const refusal = refuse(refusalOfRejection(row.refund_reason), message, { metadata });
  if (replayed) markReplay(refusal.metadata);
  throw refusal;
}
