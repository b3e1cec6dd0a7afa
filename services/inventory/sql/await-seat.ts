import { statement } from '@boxoffice/runtime/database/statement';

/**
 * Waits until nobody changes a seat, at most the pool's lock timeout; keeps no lock, being a transaction of its own. For
 * seats that were locked and not taken: they are being taken by a transaction of a millisecond, or swept, or given a new
 * price, which can take a second for 20,000 seats. Index: primary key.
 */
export const awaitSeat = statement<[bigint]>('await-seat', `select id from seats where id = $1 for share`);
