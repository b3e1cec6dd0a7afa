import type { Invariant } from '../database/invariant.ts';

/** What must hold of the events of a service; the ids begin with its name. */
export function eventInvariants(service: string): Invariant[] {
  return [
    {
      id: `${service}-events`,
      title: 'Positions of events are dense, from the oldest that is kept to the head',
      sql: `
        select head.position as head, head.forgotten_through, kept.count, kept.first, kept.last
        from event_head head
        cross join (select count(*) as count, min(position) as first, max(position) as last from events) kept
        where kept.count <> head.position - head.forgotten_through
          or kept.first <> head.forgotten_through + 1 or kept.last <> head.position`,
    },
    {
      id: `${service}-outbox`,
      title: 'No event waits in the outbox for 60 s',
      sql: `
        select id, type, subject, occurred_at from outbox where occurred_at < statement_timestamp() - interval '60 s'`,
    },
  ];
}
