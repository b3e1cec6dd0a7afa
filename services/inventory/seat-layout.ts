/** A section of a layout: rows of equally many seats at one price. */
export interface Section {
  readonly section: string;
  readonly rows: number;
  readonly seatsPerRow: number;
  readonly price: bigint;
}

/** A row of seats to be made, numbered from `firstNumber` on. */
export interface SeatRowPlan {
  readonly section: string;
  readonly label: string;
  readonly firstNumber: number;
  readonly seats: number;
  readonly price: bigint;
}

/** Seats of a schedule at most. */
export const seatsMax = 20_000;
/** Seats where a schedule names neither a count nor a layout. */
export const seatCountDefault = 50;
/** The one section of a schedule without a layout. */
export const defaultSection = 'General';

const seatsPerRowDefault = 10;
const letters = 26;

/** Plans the rows of a layout of sections, best first: in each, rows A, B, … of seats 1 to `seatsPerRow`. */
export function rowsOfSections(sections: readonly Section[]): SeatRowPlan[] {
  return sections.flatMap(({ section, rows, seatsPerRow, price }) =>
    Array.from({ length: rows }, (_, row) => ({
      section,
      label: rowLabel(row),
      firstNumber: 1,
      seats: seatsPerRow,
      price,
    })),
  );
}

/** Plans the default layout: one section, rows of ten, numbered through from 1; the last row may be shorter. */
export function rowsOfCount(seatCount: number, price: bigint): SeatRowPlan[] {
  return Array.from({ length: Math.ceil(seatCount / seatsPerRowDefault) }, (_, row) => {
    const before = row * seatsPerRowDefault;
    return {
      section: defaultSection,
      label: rowLabel(row),
      firstNumber: before + 1,
      seats: Math.min(seatsPerRowDefault, seatCount - before),
      price,
    };
  });
}

/** How many seats rows have together. */
export function seatsOf(rows: readonly SeatRowPlan[]): number {
  return rows.reduce((sum, { seats }) => sum + seats, 0);
}

/** The label of a row by its index from 0: A, B, … Z, AA, AB, … */
export function rowLabel(index: number): string {
  const last = String.fromCharCode(65 + (index % letters));
  return index < letters ? last : rowLabel(Math.floor(index / letters) - 1) + last;
}
