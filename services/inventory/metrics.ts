import type { Counter, Meter } from '@opentelemetry/api';
import type { Pool } from '@boxoffice/runtime/database/pool';
import type { EventCounting } from '@boxoffice/runtime/events/count-events';
import type { Logger } from '@boxoffice/runtime/log';
import { measureSampled } from '@boxoffice/runtime/telemetry/sampled';

import { countReservations } from './sql/count-events.ts';
import { measureOverdueHolds, measureSeats } from './sql/measure-seats.ts';

/** Dates that are looked at, from yesterday on. */
const lookedAtMax = 2_000;
/** Dates whose seats are counted. */
const datesMax = 200;

/** Counts what happens to seats, by the events of reservations. */
export function reservationCounting(meter: Meter): EventCounting {
  const counter = (name: string, description: string): Counter => {
    const made = meter.createCounter(name, { description });
    made.add(0);
    return made;
  };
  const holds = holdsCounter(meter);
  const held = counter('boxoffice_inventory_seats_held', 'Seats that were held');
  const sold = counter('boxoffice_inventory_seats_sold', 'Seats that were sold');
  const refunded = counter('boxoffice_inventory_seats_refunded', 'Seats that were sold and opened again');
  const expired = counter('boxoffice_inventory_holds_expired', 'Holds that ran out');
  const count: Readonly<Record<string, (reservations: number, seats: number) => void>> = {
    held(reservations, seats) {
      holds.add(reservations, { outcome: 'held' });
      held.add(seats);
    },
    confirmed: (_, seats) => sold.add(seats),
    refunded: (_, seats) => refunded.add(seats),
    expired: (reservations) => expired.add(reservations),
  };
  return {
    async read(client, after, through) {
      const counted = await countReservations.rows(client, [after, through]);
      return () => counted.forEach(({ what, reservations, seats }) => count[what]?.(reservations, seats));
    },
  };
}

/** Counts holds that were refused because somebody else has a seat: no event tells of what has not happened. */
export function refusedHolds(meter: Meter | undefined): () => void {
  const holds = meter && holdsCounter(meter);
  return () => holds?.add(1, { outcome: 'refused' });
}

function holdsCounter(meter: Meter): Counter {
  const holds = meter.createCounter('boxoffice_inventory_holds', { description: 'Holds that were asked for' });
  holds.add(0, { outcome: 'held' });
  holds.add(0, { outcome: 'refused' });
  return holds;
}

/** Measures how seats stand, by looking. */
export function measureSale(meter: Meter, pool: Pool, log: Logger): void {
  const gauge = 'boxoffice_inventory_seats';
  const overdue = 'boxoffice_inventory_oldest_overdue_hold_seconds';
  measureSampled(meter, {
    gauges: {
      [gauge]: `Seats by state, of the next ${datesMax} dates that can be booked now`,
      [overdue]: 'How long the oldest hold has stayed after its end; 0: none has',
    },
    async look() {
      const { open, held, sold } = await measureSeats.one(pool, [lookedAtMax, datesMax]);
      const { oldest_seconds } = await measureOverdueHolds.one(pool, []);
      return [
        { gauge, value: Number(open), attributes: { state: 'OPEN' } },
        { gauge, value: Number(held), attributes: { state: 'HELD' } },
        { gauge, value: Number(sold), attributes: { state: 'SOLD' } },
        { gauge: overdue, value: oldest_seconds },
      ];
    },
    log,
  });
}
