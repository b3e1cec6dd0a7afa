import type { Meter } from '@opentelemetry/api';

import type { Pool } from '../database/pool.ts';
import { statement } from '../database/statement.ts';
import type { Logger } from '../log.ts';
import { measureSampled } from '../telemetry/sampled.ts';

/** Rows that are counted at most: more is a fault, and no count of it is worth a long scan. */
const countedMax = 100_000;

/**
 * How many events wait for their place in the order, and since when the first of them does. The outbox is transient: what it
 * has is what is counted. The first by id is the oldest but for moments, and costs a look at one row.
 */
export const readOutbox = statement<[number], { unordered: bigint; oldest_seconds: number | null }>(
  'measure-outbox',
  `select (select count(*) from (select from outbox limit $1) counted) as unordered,
          (select extract(epoch from clock_timestamp() - occurred_at)::float8 from outbox order by id limit 1) as oldest_seconds`,
);

/** Measures how far behind the order of a service's events is. */
export function measureEvents(meter: Meter, pool: Pool, log: Logger): void {
  const attributes = { schema: pool.schema };
  measureSampled(meter, {
    gauges: {
      boxoffice_events_unordered: 'Events that wait for their place in the order',
      boxoffice_events_oldest_unordered_seconds: 'How long the oldest of them has waited',
    },
    async look() {
      const { unordered, oldest_seconds } = await readOutbox.one(pool, [countedMax]);
      return [
        { gauge: 'boxoffice_events_unordered', value: Number(unordered), attributes },
        { gauge: 'boxoffice_events_oldest_unordered_seconds', value: Math.max(0, oldest_seconds ?? 0), attributes },
      ];
    },
    log,
  });
}
