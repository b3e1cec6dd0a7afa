import { statement } from '@boxoffice/runtime/database/statement';

/** Movements of money that events tell of. */
export interface CountedMoney {
  /** `account.charged`, `payment.paid` and so on; `payment.refunded` of the refund that leaves nothing to be refunded. */
  readonly what: string;
  readonly count: number;
  readonly amount: number;
}

/**
 * Counts the money in events after a position up to another. Locks nothing. By the primary key, and that of `refunds`; bound:
 * those events.
 */
export const countMoney = statement<[after: bigint, through: bigint], CountedMoney>(
  'count-money',
  `select split_part(type, '.', 3) || '.' || split_part(type, '.', 4) || case
       when type = 'boxoffice.ledger.payment.refunded.v1'
         and not (select closing from refunds where refunds.id = (data->>'refundId')::bigint)
       then ' in part' else ''
     end as what, count(*)::float8 as count,
     coalesce(sum((data->>'amount')::numeric), 0)::float8 as amount
   from events
   where position > $1 and position <= $2
   group by 1`,
);

/** How long the payments took that were settled, by the same events. Locks nothing. By primary keys; bound: those events. */
export const readPaymentTimes = statement<[after: bigint, through: bigint], { readonly seconds: number }>(
  'read-payment-times',
  `select extract(epoch from events.occurred_at - payments.created_at)::float8 as seconds
   from events
   join payments on payments.id = (events.data->>'paymentId')::bigint
   where events.position > $1 and events.position <= $2
     and events.type in ('boxoffice.ledger.payment.paid.v1', 'boxoffice.ledger.payment.voided.v1')`,
);
