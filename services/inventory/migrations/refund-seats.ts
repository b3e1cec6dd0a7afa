import { Migration } from '@boxoffice/runtime/database/migrate';

/** Refunds of some seats of a reservation: each seat remembers the refund that has opened it, and there may be several. */
export class RefundSeats extends Migration {
  override up(): void {
    this.addSql(reservationSeats);
    this.addSql(decisions);
  }
}

const reservationSeats = `
  -- The refund that has opened the seat: it is this reservation's no more, and may be somebody else's.
  alter table reservation_seats add column refund_id bigint check (refund_id > 0);
  update reservation_seats set refund_id = reservations.refund_id
  from reservations
  where reservations.id = reservation_seats.reservation_id and reservations.refund_id is not null;
  alter table reservation_seats add constraint reservation_seats_refunded check (not sold or refund_id is null);
`;

const decisions = `
  -- A reservation is sold once; it can be revoked in parts.
  drop index decisions_done;
  create unique index decisions_confirmed on decisions (reservation_id) where kind = 'CONFIRM' and rejection_reason is null;
`;
