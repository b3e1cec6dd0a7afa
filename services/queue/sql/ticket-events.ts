import { eventTime } from '@boxoffice/runtime/events/write-event';

/** Tickets in one event at most: some 30 KB, and 200 KB at the very most. */
const ticketsMax = 512;

/**
 * SQL of a common table expression that tells of the tickets in another one, which has their columns as they were written:
 * for each partner one event of its tickets in each state, `boxoffice.queue.tickets.left.v1` for those that are `LEFT`, or
 * more when they are many. `more` is SQL of further members of the data, over the rows `t` of one event.
 *
 * Numbers and members are two lists, not a list of pairs: that is a quarter of the cost where a rush of tickets is written
 * (in PostgreSQL's CPU time, for joins in groups of 512: 5 % more than without an event, 19 % with pairs). The caller holds
 * the lock of the queue's row, which keeps the events of a queue in order.
 */
export function ticketEvents(from: string, more?: string): string {
  return `
     insert into outbox (type, subject, partner, data)
     select 'boxoffice.queue.tickets.' || lower(t.status) || '.v1', 'queues/' || t.schedule_id, t.partner,
       jsonb_build_object(
         'scheduleId', t.schedule_id,
         'numbers', to_jsonb(array_agg(t.number order by t.number)),
         'memberIds', to_jsonb(array_agg(t.member_id order by t.number))${more === undefined ? '' : `,\n         ${more}`}
       )
     from (
       select *, (row_number() over (partition by partner, status order by number) - 1) / ${ticketsMax} as part from ${from}
     ) as t
     group by t.schedule_id, t.partner, t.status, t.part`;
}

/** The same of tickets that were admitted, all at one moment. */
export function admittedEvents(from: string): string {
  return ticketEvents(from, `'admittedUntil', ${eventTime('max(t.admitted_until)')}`);
}

/** The same of tickets that were completed. */
export function completedEvents(from: string): string {
  return ticketEvents(from, `'paymentIds', to_jsonb(array_agg(t.payment_id order by t.number))`);
}
