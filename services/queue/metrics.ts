import type { Meter } from '@opentelemetry/api';
import type { Pool } from '@boxoffice/runtime/database/pool';
import type { EventCounting } from '@boxoffice/runtime/events/count-events';
import type { Logger } from '@boxoffice/runtime/log';
import { quickHistogram } from '@boxoffice/runtime/telemetry/quick-histogram';
import { measureSampled, type Sample } from '@boxoffice/runtime/telemetry/sampled';

import { countTickets, readWaits } from './sql/count-events.ts';
import { measureQueues, type MeasuredQueue } from './sql/measure-queues.ts';

/** Queues in each state of which the newest are looked at. */
const lookedAtMax = 2_000;
/** Dates with series of their own, those first for which most wait: four each. */
const toldMax = 200;
/** In seconds: from who is admitted at once to who has waited for half a day. */
const waitBoundaries = [1, 5, 15, 60, 300, 900, 1_800, 3_600, 7_200, 14_400, 28_800, 43_200];
const ends = ['completed', 'expired', 'left'] as const;

/** Counts what happens to tickets, by their events. */
export function ticketCounting(meter: Meter): EventCounting {
  const joins = meter.createCounter('boxoffice_queue_joins', { description: 'Tickets that were given out' });
  const admissions = meter.createCounter('boxoffice_queue_admitted', { description: 'Tickets that were admitted' });
  const over = meter.createCounter('boxoffice_queue_tickets_over', { description: 'Tickets that are over' });
  const waits = quickHistogram(meter, {
    name: 'boxoffice_queue_wait_seconds',
    description: 'How long those who were admitted had waited',
    boundaries: waitBoundaries,
  }).series({});
  joins.add(0);
  admissions.add(0);
  ends.forEach((end) => over.add(0, { how: end.toUpperCase() }));
  return {
    async read(client, after, through) {
      const counted = await countTickets.rows(client, [after, through]);
      const hasAdmitted = counted.some(({ what }) => what === 'admitted');
      const waited = hasAdmitted ? await readWaits.rows(client, [after, through]) : [];
      return () => {
        for (const { what, tickets } of counted) {
          if (what === 'issued') joins.add(tickets);
          else if (what === 'admitted') admissions.add(tickets);
          else over.add(tickets, { how: what.toUpperCase() });
        }
        waited.forEach(({ seconds }) => waits.record(seconds));
      };
    },
  };
}

/** Measures how queues stand, by looking. All Queues find the same: they share the tables. */
export function measureStandings(meter: Meter, pool: Pool, log: Logger): void {
  measureSampled(meter, {
    gauges: {
      boxoffice_queue_tickets: 'Tickets of a date by state, where most wait',
      boxoffice_queue_oldest_waiting_seconds: 'How long the first of those who wait for a date has waited',
      boxoffice_queue_open: 'Whether the queue of a date is open: neither paused nor still to open',
      boxoffice_queue_max_active: 'How many may be admitted to a date at once; 0: any number',
      boxoffice_queue_waiting: 'Tickets that wait, of all dates',
    },
    async look() {
      const queues = await measureQueues.rows(pool, [lookedAtMax, toldMax]);
      const waiting = { gauge: 'boxoffice_queue_waiting', value: Number(queues[0]?.waiting_in_all ?? 0) };
      return [waiting, ...queues.flatMap(samplesOf)];
    },
    log,
  });
}

function samplesOf({
  schedule_id,
  is_open,
  waiting,
  admitted,
  max_active,
  oldest_waiting_seconds,
}: MeasuredQueue): Sample[] {
  const schedule = String(schedule_id);
  const tickets = 'boxoffice_queue_tickets';
  return [
    { gauge: tickets, value: Number(waiting), attributes: { schedule, state: 'waiting' } },
    { gauge: tickets, value: Number(admitted), attributes: { schedule, state: 'admitted' } },
    { gauge: 'boxoffice_queue_open', value: is_open ? 1 : 0, attributes: { schedule } },
    { gauge: 'boxoffice_queue_max_active', value: max_active, attributes: { schedule } },
    { gauge: 'boxoffice_queue_oldest_waiting_seconds', value: oldest_waiting_seconds, attributes: { schedule } },
  ];
}
