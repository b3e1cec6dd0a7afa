import { statement } from '@boxoffice/runtime/database/statement';

/** What is under way, and since when the oldest of it is; null where there is none. */
export interface MeasuredPayments {
  readonly unfinished: number;
  readonly oldest_seconds: number | null;
  readonly messages: number;
  readonly oldest_message_seconds: number | null;
}

/**
 * Measures payments and refunds under way, and messages to the Queue (how many of each are counted at most).
 *
 * Locks nothing. By `payments_under_way` and `ticket_messages_due`, which hold only what is not finished. Bound: `$1` rows of
 * each. A refund is as old as its last step, since its payment may be of last year.
 */
export const measurePayments = statement<[number], MeasuredPayments>(
  'measure-payments',
  `with under_way as materialized (
     select case status when 'REFUNDING' then updated_at else created_at end as since
     from payments
     where status in ('RESERVED', 'REFUNDING')
     order by lease_until
     limit $1
   ), undelivered as materialized (
     select created_at from ticket_messages
     where delivered_at is null
     order by next_attempt_at
     limit $1
   )
   select
     (select count(*)::float8 from under_way) as unfinished,
     (select extract(epoch from clock_timestamp() - min(since))::float8 from under_way) as oldest_seconds,
     (select count(*)::float8 from undelivered) as messages,
     (select extract(epoch from clock_timestamp() - min(created_at))::float8 from undelivered) as oldest_message_seconds`,
);
