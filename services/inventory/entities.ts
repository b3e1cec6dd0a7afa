import { defineEntity, p, type InferEntity } from '@mikro-orm/core';

/** Something people come to see. */
export const ConcertEntity = defineEntity({
  name: 'Concert',
  tableName: 'concerts',
  properties: {
    id: p.bigint().primary(),
    name: p.text(),
    description: p.text(),
    venue: p.text(),
    createdAt: p.datetime().fieldName('created_at').defaultRaw('statement_timestamp()'),
  },
});

/** One date of a concert. Written by statements only: its times are the database's. */
export const ScheduleEntity = defineEntity({
  name: 'Schedule',
  tableName: 'schedules',
  properties: {
    id: p.bigint().primary(),
    concert: () => p.manyToOne(ConcertEntity).fieldName('concert_id'),
    day: p.date(),
    state: p.text().$type<'ON_SALE' | 'CANCELLED'>(),
    bookingOpensAt: p.datetime().fieldName('booking_opens_at'),
    bookingClosesAt: p.datetime().fieldName('booking_closes_at'),
    holdDurationMs: p.integer().fieldName('hold_duration_ms'),
    currencyCode: p.text().fieldName('currency_code'),
    totalSeats: p.integer().fieldName('total_seats'),
  },
});

export type ConcertRecord = InferEntity<typeof ConcertEntity>;
export type ScheduleRecord = InferEntity<typeof ScheduleEntity>;
