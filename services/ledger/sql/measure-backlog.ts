import { statement } from '@boxoffice/runtime/database/statement';

/** What is still to be done. */
export interface Backlog {
  /** At most as many as were looked at. */
  readonly pending: bigint;
  /** How long the oldest of those has been waiting; 0 when there is none. */
  readonly oldest_seconds: number;
}

const backlog = `select count(*) as pending,
     greatest(0, coalesce(extract(epoch from clock_timestamp() - min(since)), 0))::float8 as oldest_seconds`;

/**
 * Measures the payments and refunds under way (how many to look at, those first that are to be taken over next). By
 * `payments_under_way`, which holds only these; no lock. Bound: `$1` rows.
 */
export const measurePayments = statement<[limit: number], Backlog>(
  'measure-payments',
  // A payment was updated last when it, or its refund, began.
  `${backlog}
   from (
     select updated_at as since from payments where status in ('RESERVED', 'REFUNDING') order by lease_until limit $1
   ) as under_way`,
);

/**
 * Measures the messages that are not delivered (how many to look at, those first that are due next). By
 * `ticket_messages_due`, which holds only these; no lock. Bound: `$1` rows.
 */
export const measureMessages = statement<[limit: number], Backlog>(
  'measure-messages',
  `${backlog}
   from (
     select created_at as since from ticket_messages where delivered_at is null order by next_attempt_at limit $1
   ) as undelivered`,
);
