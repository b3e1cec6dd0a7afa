import { schema } from '@boxoffice/inventory/migrations/index';

import { bulkLoad, continueIds, origin, type BulkLoad, type LoadStep } from './bulk-load.ts';

const seatsASchedule = 50;
const schedulesADay = 50;
const schedulesAConcert = 50;
/** How often each seat is taken, one after the other; the last is sold, over, or held now. */
const takesASeat = 4;
const reservationsAMember = 50;
/** Of the last takes of all seats. */
const pendingShare = 0.02;
/** Of the pending ones, those whose time is over and that nobody has swept. */
const overdueShare = 0.2;

/** How many there are of everything, made from how many reservations there are to be. */
export interface InventoryShape {
  readonly reservations: number;
  readonly seats: number;
  readonly schedules: number;
  readonly concerts: number;
  /** The days of the schedules, half of them gone. */
  readonly days: number;
  readonly members: number;
  readonly pending: number;
  readonly overdue: number;
}

/** The shape of an Inventory with so many reservations, or up to 199 more, so that every seat is taken as often. */
export function inventoryShape(rows: number): InventoryShape {
  const schedules = Math.ceil(rows / takesASeat / seatsASchedule);
  const seats = schedules * seatsASchedule;
  const pending = Math.ceil(seats * pendingShare);
  return {
    reservations: seats * takesASeat,
    seats,
    schedules,
    concerts: Math.ceil(schedules / schedulesAConcert),
    days: Math.ceil(schedules / schedulesADay),
    members: Math.ceil((seats * takesASeat) / reservationsAMember),
    pending,
    overdue: Math.ceil(pending * overdueShare),
  };
}

/**
 * Fills an empty Inventory by SQL, as if every seat had been held four times in the last year: most holds are over, four of
 * five seats are sold to the last one, and 2 % are held, of these a fifth past its end. Ten members have a hundredth of all
 * reservations each; the others share the rest unevenly.
 */
export async function seedInventory(
  shape: InventoryShape,
  load: Pick<BulkLoad, 'url' | 'signal' | 'say'>,
): Promise<void> {
  await bulkLoad({ ...load, schema, steps: stepsOf(shape) });
}

function stepsOf(shape: InventoryShape): LoadStep[] {
  const { reservations, seats, schedules, concerts, days } = shape;
  return [
    {
      what: 'concerts',
      count: concerts,
      sql: `insert into concerts (id, name, description, venue) overriding system value
        select n + 1, 'Concert ' || n, 'One of many.', 'Hall ' || n % 10
        from generate_series($1::bigint, $2::bigint - 1) n`,
    },
    {
      what: 'schedules',
      count: schedules,
      sql: `insert into schedules
          (id, concert_id, day, booking_opens_at, booking_closes_at, hold_duration_ms, total_seats) overriding system value
        select n + 1, 1 + n % ${concerts}, day, ${origin} - interval '3 years', day + 1, 300000, ${seatsASchedule}
        from generate_series($1::bigint, $2::bigint - 1) n,
          lateral (select ${origin}::date + (n % ${days} - ${days >> 1})::integer as day) calendar`,
    },
    {
      what: 'seats',
      count: seats,
      sql: `insert into seats
          (id, schedule_id, section, row_label, number, price, state, reservation_id, held_until) overriding system value
        select seat + 1, seat / ${seatsASchedule} + 1, 'General', chr(65 + (seat % ${seatsASchedule} / 10)::integer),
          seat % ${seatsASchedule} + 1, 50000,
          case status when 'CONFIRMED' then 'SOLD' when 'PENDING' then 'HELD' else 'OPEN' end,
          case when status in ('CONFIRMED', 'PENDING') then n + 1 end,
          case when status = 'PENDING' then expires_at end
        from ${takes(shape, `generate_series($1::bigint + ${reservations - seats}, $2::bigint - 1 + ${reservations - seats})`)}`,
    },
    {
      what: 'reservations',
      count: reservations,
      sql: `insert into reservations (id, partner, member_id, schedule_id, status, amount, created_at, expires_at,
          confirmed_at, payment_id, ended_at) overriding system value
        select n + 1, 'house', ${memberOf(shape)}, seat / ${seatsASchedule} + 1, status, 50000, created_at, expires_at,
          case when status = 'CONFIRMED' then created_at + interval '2 min' end,
          case when status = 'CONFIRMED' then n + 1 end,
          case status when 'EXPIRED' then expires_at + interval '1 s' when 'CANCELLED' then created_at + interval '1 min' end
        from ${takes(shape)}`,
    },
    {
      what: 'seats of reservations',
      count: reservations,
      sql: `insert into reservation_seats (reservation_id, seat_id, price, sold)
        select n + 1, seat + 1, 50000, status = 'CONFIRMED' from ${takes(shape)}`,
    },
    {
      what: 'decisions',
      count: reservations,
      sql: `insert into decisions (kind, subject_id, partner, reservation_id, decided_at)
        select 'CONFIRM', n + 1, 'house', n + 1, created_at + interval '2 min' from ${takes(shape)} where status = 'CONFIRMED'`,
    },
    ...['concerts', 'schedules', 'seats', 'reservations'].map((table) => continueIds(table)),
  ];
}

/** Ten members have a tenth of everything; of the others, a few have much and most have little. */
function memberOf({ members }: InventoryShape): string {
  return `case n % 10 when 3 then 'heavy-' || n / 10 % 10 else 'member-' || floor(${members} * power(random(), 2)) end`;
}

/**
 * SQL of what becomes of the n-th time that a seat is taken: the seat, the status, from when to when. All seats are taken
 * once before any is taken again, so that the takes of one are months apart. Over by chance: expired, or cancelled.
 */
function takes(shape: InventoryShape, numbers = 'generate_series($1::bigint, $2::bigint - 1)'): string {
  const { reservations, seats, pending, overdue } = shape;
  return `(
    select n, seat, status, created_at,
      created_at + case when status = 'PENDING' and not overdue then interval '23 h' else interval '5 min' end as expires_at
    from (
      select n, seat, status, status = 'PENDING' and seat < ${seats - pending + overdue} as overdue
      from (
        select n, n % ${seats} as seat,
          case
            when n < ${reservations - seats} then case n % 3 when 0 then 'CANCELLED' else 'EXPIRED' end
            when n % ${seats} >= ${seats - pending} then 'PENDING'
            when n % 5 = 0 then 'EXPIRED'
            else 'CONFIRMED'
          end as status
        from ${numbers} n
      ) taken
    ) judged,
    lateral (
      select case
        when overdue then ${origin} - interval '1 h'
        when status = 'PENDING' then ${origin} - interval '1 min'
        else ${origin} - interval '360 d' + interval '350 d' * (n::float8 / ${reservations})
      end as created_at
    ) times
  ) takes`;
}
