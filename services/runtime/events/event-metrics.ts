import type { Meter } from '@opentelemetry/api';

import type { Pool } from '../database/pool.ts';
import { statement } from '../database/statement.ts';
import { sampledGauges } from '../telemetry/sampled.ts';

/** Further ones are not counted. */
const lookedAtMax = 10_000;

/** Events that have no place in the order yet. */
export interface UnorderedEvents {
  readonly unordered: bigint;
  /** How long the oldest of them has been waiting; 0 when there is none. */
  readonly oldest_seconds: number;
}

/** Measures what waits in the outbox (how many rows to look at, oldest first). By the primary key; no lock. Bound: `$1` rows. */
export const measureUnordered = statement<[limit: number], UnorderedEvents>(
  'measure-unordered',
  `select count(*) as unordered,
     greatest(0, coalesce(extract(epoch from clock_timestamp() - min(occurred_at)), 0))::float8 as oldest_seconds
   from (select occurred_at from outbox order by id limit $1) as waiting`,
);

/** Measures the events of the pool's schema when somebody scrapes. */
export function measureEvents(meter: Meter, pool: Pool): void {
  const { schema } = pool;
  const gauge = sampledGauges(meter, () => measureUnordered.one(pool, [lookedAtMax]));
  gauge('boxoffice_events_unordered', 'Events that have no place in the order yet', (result, { unordered }) =>
    result.observe(Number(unordered), { schema }),
  );
  gauge('boxoffice_events_oldest_unordered_seconds', 'How long the oldest of them has waited', (result, sample) =>
    result.observe(sample.oldest_seconds, { schema }),
  );
}
