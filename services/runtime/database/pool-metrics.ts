import type { Meter } from '@opentelemetry/api';

/** What a pool says of itself. */
interface MeasuredPool {
  readonly totalCount: number;
  readonly idleCount: number;
  readonly waitingCount: number;
}

/** Measures how far a pool is used. */
export function measurePool(
  meter: Meter,
  pool: MeasuredPool,
  { name, max }: { readonly name: string; readonly max: number },
): void {
  meter
    .createObservableGauge('boxoffice_database_connections', { description: 'Connections to the database' })
    .addCallback((result) => {
      result.observe(pool.idleCount, { pool: name, state: 'idle' });
      result.observe(pool.totalCount - pool.idleCount, { pool: name, state: 'busy' });
    });
  meter
    .createObservableGauge('boxoffice_database_connections_max', { description: 'Connections that there may be' })
    .addCallback((result) => result.observe(max, { pool: name }));
  meter
    .createObservableGauge('boxoffice_database_waiters', { description: 'Who waits for a connection' })
    .addCallback((result) => result.observe(pool.waitingCount, { pool: name }));
}
