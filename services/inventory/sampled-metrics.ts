import type { Meter } from '@opentelemetry/api';
import type { Pool } from '@boxoffice/runtime/database/pool';
import { sampledGauges } from '@boxoffice/runtime/telemetry/sampled';

import { measureOverdueHolds, measureSeats } from './sql/measure-seats.ts';

/** Dates that are looked at, the next ones. */
const lookedAtMax = 2_000;
/** Dates whose seats are counted, of those that can be booked now. */
const countedMax = 200;

/** Measures seats and holds when somebody scrapes. All Inventories tell the same: they share the tables. */
export function measureInventory(meter: Meter, pool: Pool): void {
  const seats = sampledGauges(meter, () => measureSeats.one(pool, [lookedAtMax, countedMax]));
  seats('boxoffice_inventory_seats', 'Seats of the dates that can be booked now', (result, { open, held, sold }) => {
    result.observe(Number(open), { state: 'OPEN' });
    result.observe(Number(held), { state: 'HELD' });
    result.observe(Number(sold), { state: 'SOLD' });
  });
  const overdue = sampledGauges(meter, () => measureOverdueHolds.one(pool, []));
  overdue(
    'boxoffice_inventory_oldest_overdue_hold_seconds',
    'Since the end of the first hold that has run out and was not swept',
    (result, { oldest_seconds }) => result.observe(oldest_seconds),
  );
}
