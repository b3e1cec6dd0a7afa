import type { Meter } from '@opentelemetry/api';

import type { TicketEnd } from './ticket.ts';

/** What is counted of tickets that are over, by whichever of the Queue's programs has ended them. */
export interface EndMetrics {
  /** So many are over, and that is committed. Who pays when their time is up is counted twice: expired, then completed. */
  over(how: TicketEnd, tickets: number): void;
}

/** What a Queue counts; all of it once it is committed. */
export interface QueueMetrics extends EndMetrics {
  /** So many tickets were given out; one that a member had already is none. */
  joined(tickets: number): void;
}

/** Makes what a Queue counts with; nothing where nobody looks. */
export function queueMetrics(meter: Meter | undefined): QueueMetrics | undefined {
  if (meter === undefined) return undefined;
  const joins = meter.createCounter('boxoffice_queue_joins', { description: 'Tickets given out' });
  joins.add(0);
  return { ...endMetrics(meter), joined: (tickets) => joins.add(tickets) };
}

/** Makes what any program counts with that ends tickets. */
export function endMetrics(meter: Meter): EndMetrics {
  const over = meter.createCounter('boxoffice_queue_tickets_over', { description: 'Tickets that are over, by how' });
  for (const how of ['COMPLETED', 'EXPIRED', 'LEFT'] as const satisfies TicketEnd[]) over.add(0, { how });
  return { over: (how, tickets) => over.add(tickets, { how }) };
}
