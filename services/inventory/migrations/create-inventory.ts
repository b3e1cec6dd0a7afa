import { Migration } from '@boxoffice/runtime/database/migrate';
import { requestsTable } from '@boxoffice/runtime/database/requests';

/**
 * Concerts, schedules, seats, reservations, decisions. The constraints are the state machines of the README: what they
 * forbid cannot be stored, whatever the code does.
 */
export class CreateInventory extends Migration {
  override up(): void {
    this.addSql(concerts);
    this.addSql(schedules);
    this.addSql(reservations);
    this.addSql(reservationSeats);
    this.addSql(seats);
    this.addSql(decisions);
    this.addSql(requestsTable);
  }
}

const concerts = `
  create table concerts (
    id bigint generated always as identity primary key,
    name text not null check (char_length(name) between 1 and 200),
    description text not null check (char_length(description) <= 4000),
    venue text not null check (char_length(venue) <= 200),
    created_at timestamptz not null default statement_timestamp()
  );
`;

const schedules = `
  create table schedules (
    id bigint generated always as identity primary key,
    concert_id bigint not null references concerts,
    day date not null,
    state text not null default 'ON_SALE' check (state in ('ON_SALE', 'CANCELLED')),
    cancelled_at timestamptz,
    booking_opens_at timestamptz not null,
    booking_closes_at timestamptz not null,
    hold_duration_ms integer not null check (hold_duration_ms between 1000 and 86400000),
    currency_code text not null default 'KRW' check (currency_code ~ '^[A-Z]{3}$'),
    total_seats integer not null check (total_seats between 1 and 20000),
    -- Counts the changes of prices, so that who watches the seats knows when to read more than their states.
    price_revision bigint not null default 0 check (price_revision >= 0),
    created_at timestamptz not null default statement_timestamp(),
    -- Equal where the day was over when it was entered: such a date can never be booked.
    check (booking_opens_at <= booking_closes_at),
    check ((state = 'CANCELLED') = (cancelled_at is not null))
  );
  -- The dates of a concert by day.
  create index schedules_of_concert on schedules (concert_id, day, id);
`;

const reservations = `
  create table reservations (
    id bigint generated always as identity primary key,
    partner text not null check (char_length(partner) between 1 and 64),
    member_id text not null check (char_length(member_id) between 1 and 64),
    schedule_id bigint not null references schedules,
    status text not null default 'PENDING'
      check (status in ('PENDING', 'CONFIRMED', 'EXPIRED', 'CANCELLED', 'REFUNDED')),
    amount bigint not null check (amount between 0 and 10000000000000),
    created_at timestamptz not null,
    expires_at timestamptz not null,
    extended_at timestamptz,
    confirmed_at timestamptz,
    payment_id bigint,
    ended_at timestamptz,
    refund_id bigint,
    check (created_at < expires_at),
    -- The hold was extended while it lasted.
    check (extended_at between created_at and expires_at),
    -- Paid while the hold lasted, by one payment.
    check ((status in ('CONFIRMED', 'REFUNDED')) = (confirmed_at is not null)),
    check ((confirmed_at is null) = (payment_id is null)),
    check (confirmed_at >= created_at and confirmed_at < expires_at),
    -- Over.
    check ((status in ('EXPIRED', 'CANCELLED', 'REFUNDED')) = (ended_at is not null)),
    check ((status = 'REFUNDED') = (refund_id is not null)),
    -- Only the clock expires a hold, and nobody else ends one after it.
    check (status <> 'EXPIRED' or ended_at >= expires_at),
    check (status <> 'CANCELLED' or ended_at < expires_at)
  )
  -- Every reservation is updated once or twice: room on its page keeps the new version there.
  with (fillfactor = 80);
  -- A member's reservations, newest first.
  create index reservations_of_member on reservations (partner, member_id, id desc);
  -- Holds that have run out, and those of a date that is called off.
  create index reservations_pending_by_end on reservations (expires_at) where status = 'PENDING';
  create index reservations_pending_of_schedule on reservations (schedule_id) where status = 'PENDING';
  -- A payment pays one reservation, and a refund refunds one.
  create unique index reservations_by_payment on reservations (payment_id) where payment_id is not null;
  create unique index reservations_by_refund on reservations (refund_id) where refund_id is not null;
`;

const reservationSeats = `
  create table reservation_seats (
    reservation_id bigint not null references reservations,
    seat_id bigint not null,
    -- As it was when the seat was held: what the member pays.
    price bigint not null check (price between 0 and 1000000000000),
    sold boolean not null default false,
    primary key (reservation_id, seat_id)
  )
  with (fillfactor = 80);
  -- No seat is sold twice.
  create unique index reservation_seats_sold on reservation_seats (seat_id) where sold;
`;

const seats = `
  create table seats (
    id bigint generated always as identity primary key,
    schedule_id bigint not null references schedules,
    section text not null check (char_length(section) between 1 and 40),
    row_label text not null check (row_label ~ '^[A-Z]{1,4}$'),
    number integer not null check (number between 1 and 20000),
    price bigint not null check (price between 0 and 1000000000000),
    state text not null default 'OPEN' check (state in ('OPEN', 'HELD', 'SOLD')),
    -- One holder or owner, so that there are never two live holds on a seat.
    reservation_id bigint,
    held_until timestamptz,
    unique (schedule_id, section, row_label, number),
    check ((state = 'OPEN') = (reservation_id is null)),
    check ((state = 'HELD') = (held_until is not null)),
    -- Whoever holds or owns a seat lists it among its seats.
    constraint seats_listed_by_holder foreign key (reservation_id, id)
      references reservation_seats (reservation_id, seat_id)
  )
  with (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02);
  alter table reservation_seats add foreign key (seat_id) references seats;
  -- The map of a date, from the best seat to the last.
  create index seats_of_schedule on seats (schedule_id, id);
  -- What can be held: open seats from the best on, and holds that have run out. Each is counted by its index alone.
  create index seats_open on seats (schedule_id, id) where state = 'OPEN';
  create index seats_held on seats (schedule_id, held_until) where state = 'HELD';
  -- The seats of a reservation.
  create index seats_of_reservation on seats (reservation_id) where reservation_id is not null;
`;

const decisions = `
  create table decisions (
    kind text not null check (kind in ('CONFIRM', 'REVOKE')),
    -- The payment that was to be confirmed, or the refund.
    subject_id bigint not null check (subject_id > 0),
    partner text not null,
    -- As asked for: there need be no such reservation.
    reservation_id bigint not null,
    -- Null: done.
    rejection_reason text check (rejection_reason ~ '^[A-Z_]+$'),
    decided_at timestamptz not null,
    primary key (kind, subject_id)
  );
  -- A reservation is sold once and revoked once.
  create unique index decisions_done on decisions (reservation_id, kind) where rejection_reason is null;
`;
