import { statement } from '@boxoffice/runtime/database/statement';

/**
 * Ends the lease of a payment that is under way now, so that the next recoverer takes it over at once: who drove it gives it
 * up. Nothing when it is settled or was taken over since: `$2` is the attempt of who gives it up.
 *
 * Locks the payment alone, and commits at once. By the primary key.
 */
export const releasePayment = statement<[payment: bigint, attempt: number]>(
  'release-payment',
  `update payments set lease_until = clock_timestamp()
   where id = $1 and attempt = $2 and status in ('RESERVED', 'REFUNDING') and lease_until > clock_timestamp()`,
);
