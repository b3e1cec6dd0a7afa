import { create } from '@bufbuild/protobuf';
import { SeatSchema, SeatStatus, type Seat } from '@boxoffice/proto/inventory';

/** What a seat is at this moment, by the database's clock: a seat whose hold has run out is open. */
export type SeatState = 'OPEN' | 'HELD' | 'SOLD';

/** A seat as statements select it. */
export interface SeatRow {
  readonly seat_id: bigint;
  readonly section: string;
  readonly row_label: string;
  readonly number: number;
  readonly price: bigint;
  readonly state: SeatState;
}

/** Makes the message of a seat. */
export function seatMessage(row: SeatRow): Seat {
  return create(SeatSchema, {
    id: row.seat_id,
    section: row.section,
    row: row.row_label,
    number: row.number,
    price: row.price,
    status: SeatStatus[row.state],
  });
}
