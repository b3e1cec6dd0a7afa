import { statement } from '@boxoffice/runtime/database/statement';

import { paymentColumns, type PaymentRow } from '../payment-row.ts';

/**
 * Takes over payments and refunds under way whose lease is over, the longest first, and leases them for `$2` seconds. Any
 * number of recoverers: rows that another is claiming are skipped. The attempt it counts shuts out who drove them before.
 *
 * Locks payments alone, and commits at once. By `payments_under_way`, which holds only what is under way. Bound: `$1` rows.
 */
export const claimPayments = statement<[limit: number, leaseSeconds: number], PaymentRow>(
  'claim-payments',
  `update payments
   set attempt = attempt + 1, lease_until = clock_timestamp() + make_interval(secs => $2)
   where id = any(array(
     select id from payments
     where status in ('RESERVED', 'REFUNDING') and lease_until <= now()
     order by lease_until
     limit $1
     for no key update skip locked
   ))
   returning ${paymentColumns}`,
);
