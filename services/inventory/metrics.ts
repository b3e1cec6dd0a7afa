import type { Meter } from '@opentelemetry/api';

/** What an Inventory counts of holds and sales: each once, when it is committed, and not when it is told again. */
export interface SaleMetrics {
  /** A hold has begun, of so many seats. */
  held(seats: number): void;
  /** Seats could not be held. Who may not hold any, for want of a good ticket, does not count. */
  refused(): void;
  sold(seats: number): void;
  refunded(seats: number): void;
  /** So many holds were written down as over, by the sweeper: also those whose seats were taken over before. */
  expired(holds: number): void;
}

/** Makes what an Inventory counts with; nothing where nobody looks. */
export function saleMetrics(meter: Meter | undefined): SaleMetrics | undefined {
  if (meter === undefined) return undefined;
  const count = (name: string, description: string): ((seats: number) => void) => {
    const counter = meter.createCounter(`boxoffice_inventory_${name}`, { description });
    counter.add(0);
    return (seats) => counter.add(seats);
  };
  const holds = meter.createCounter('boxoffice_inventory_holds', { description: 'Holds that were asked for' });
  for (const outcome of ['held', 'refused']) holds.add(0, { outcome });
  const seatsHeld = count('seats_held', 'Seats of holds that have begun');
  return {
    held(seats) {
      holds.add(1, { outcome: 'held' });
      seatsHeld(seats);
    },
    refused: () => holds.add(1, { outcome: 'refused' }),
    sold: count('seats_sold', 'Seats that were paid'),
    refunded: count('seats_refunded', 'Seats that were paid and opened again'),
    expired: count('holds_expired', 'Holds that have run out'),
  };
}
