import { withIndexPlans } from './index-plans.ts';
import { openPool, type Pool, type PoolOptions } from './pool.ts';

/** For a connection and for a statement: what takes longer is left out of the scrape. */
const timeoutMs = 2_000;
/** Longer than between two scrapes. */
const idleTimeoutMs = 90_000;

/**
 * Opens the one connection that metrics are looked up by. It is not one of the program's own pool: there is no better time to
 * be measured than when all of those are in use, and none should be taken for it then.
 */
export function openMeasuringPool(options: Pick<PoolOptions, 'url' | 'schema' | 'applicationName'>): Pool {
  return openPool({
    ...options,
    url: withIndexPlans(options.url),
    applicationName: `${options.applicationName} metrics`,
    max: 1,
    connectionTimeoutMs: timeoutMs,
    statementTimeoutMs: timeoutMs,
    idleTimeoutMs,
  });
}
