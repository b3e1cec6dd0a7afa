import type { Seat } from '../answers.ts';

/** Seats side by side. `version` grows when one of them changes, so that only such rows are drawn again. */
export interface SeatRow {
  readonly row: string;
  readonly seats: Seat[];
  version: number;
}

/** A part of the house. */
export interface SeatSection {
  readonly section: string;
  readonly rows: SeatRow[];
  readonly priceMin: number;
  readonly priceMax: number;
  readonly total: number;
  free: number;
}

interface Spot {
  readonly section: SeatSection;
  readonly row: SeatRow;
  readonly index: number;
}

/** All seats of a date as they stand, by section and row, in the order in which the API lists them. */
export class SeatMap {
  readonly sections: readonly SeatSection[];
  readonly #spots = new Map<number, Spot>();

  constructor(seats: readonly Seat[]) {
    const sections = new Map<string, Map<string, Seat[]>>();
    for (const seat of seats) {
      const rows = sections.get(seat.section) ?? new Map<string, Seat[]>();
      sections.set(seat.section, rows);
      const row = rows.get(seat.row) ?? [];
      rows.set(seat.row, row);
      row.push(seat);
    }
    this.sections = [...sections].map(([section, rows]) => this.#section(section, rows));
  }

  /** How many seats there are. */
  get total(): number {
    return this.#spots.size;
  }

  /** How many of them are free. */
  get free(): number {
    return this.sections.reduce((sum, { free }) => sum + free, 0);
  }

  /** A seat as it stands; undefined when there is none of that id. */
  seat(id: number): Seat | undefined {
    const spot = this.#spots.get(id);
    return spot?.row.seats[spot.index];
  }

  /** Takes seats in as they stand now. Tells which of them changed. */
  apply(seats: readonly Seat[]): Seat[] {
    const changed: Seat[] = [];
    for (const seat of seats) {
      const spot = this.#spots.get(seat.id);
      const before = spot?.row.seats[spot.index];
      if (spot === undefined || before === undefined || before.status === seat.status) continue;
      spot.row.seats[spot.index] = seat;
      spot.row.version++;
      spot.section.free += Number(seat.status === 'OPEN') - Number(before.status === 'OPEN');
      changed.push(seat);
    }
    return changed;
  }

  #section(name: string, rows: ReadonlyMap<string, Seat[]>): SeatSection {
    const seats = [...rows.values()].flat();
    const prices = seats.map(({ price }) => price);
    const section: SeatSection = {
      section: name,
      rows: [...rows].map(([row, ofRow]) => ({ row, seats: ofRow, version: 0 })),
      priceMin: prices.reduce((least, price) => Math.min(least, price), Infinity),
      priceMax: prices.reduce((most, price) => Math.max(most, price), 0),
      total: seats.length,
      free: seats.filter(({ status }) => status === 'OPEN').length,
    };
    for (const row of section.rows) {
      row.seats.forEach((seat, index) => this.#spots.set(seat.id, { section, row, index }));
    }
    return section;
  }
}
