import type { Meter } from '@opentelemetry/api';
import type { Pool } from '@boxoffice/runtime/database/pool';
import { sampledGauges } from '@boxoffice/runtime/telemetry/sampled';

import { measureQueues, type MeasuredQueue } from './sql/measure-queues.ts';

/** Queues in each state of which the newest are looked at. */
const lookedAtMax = 2_000;
/** Queues that are told of, those first in which most wait: each is four series. */
const toldMax = 200;

/** Measures the queues that are not closed, when somebody scrapes. All Queues tell the same: they share the tables. */
export function measureQueue(meter: Meter, pool: Pool): void {
  const gauge = sampledGauges(meter, () => measureQueues.rows(pool, [lookedAtMax, toldMax]));
  const ofEach = (name: string, description: string, value: (queue: MeasuredQueue) => number): void =>
    gauge(name, description, (result, queues) => {
      for (const queue of queues) result.observe(value(queue), { schedule: String(queue.schedule_id) });
    });
  gauge('boxoffice_queue_tickets', 'Tickets that wait or are admitted', (result, queues) => {
    for (const { schedule_id, waiting, admitted } of queues) {
      const schedule = String(schedule_id);
      result.observe(Number(waiting), { schedule, state: 'waiting' });
      result.observe(Number(admitted), { schedule, state: 'admitted' });
    }
  });
  gauge('boxoffice_queue_waiting', 'Tickets that wait, in all queues', (result, queues) =>
    result.observe(Number(queues[0]?.waiting_in_all ?? 0)),
  );
  ofEach(
    'boxoffice_queue_oldest_waiting_seconds',
    'How long the first of those who wait has been waiting',
    ({ oldest_waiting_seconds }) => oldest_waiting_seconds,
  );
  ofEach('boxoffice_queue_max_active', 'So many may be admitted at once; 0: any', ({ max_active }) => max_active);
}
