import { eventTime } from '@boxoffice/runtime/events/write-event';

/** What an event tells beside the reservation. Each is SQL, of the row `r`. */
interface EventParts {
  /** `held`, `confirmed` and so on. */
  readonly name: string;
  /** The seats concerned, as a JSON array of ids. Left out: all that the reservation lists. */
  readonly seatIds?: string;
  /** More members of the data: `'paymentId', r.payment_id`. */
  readonly more?: string;
}

const listedSeats = `(
  select jsonb_agg(seat_id order by seat_id) from reservation_seats where reservation_id = r.id
)`;

/**
 * SQL of a common table expression that writes an event for each reservation in another one, which has all columns of the
 * rows that the statement has written, and so locked: that keeps the events of a reservation in order.
 */
export function reservationEvent(from: string, { name, seatIds = listedSeats, more }: EventParts): string {
  return `
    insert into outbox (type, subject, partner, data)
    select 'boxoffice.inventory.reservation.' || ${name} || '.v1', 'reservations/' || r.id, r.partner,
      jsonb_build_object(
        'reservationId', r.id, 'memberId', r.member_id, 'scheduleId', r.schedule_id, 'seatIds', ${seatIds},
        'amount', r.amount, 'expiresAt', ${eventTime('r.expires_at')}${more === undefined ? '' : `, ${more}`}
      )
    from ${from} as r`;
}
