import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { createLogger } from '@boxoffice/runtime/log';
import { openTraces } from '@boxoffice/runtime/telemetry/traces';

import { summary, type Output } from '../output.ts';
import { anyPorts } from '../ports.ts';
import { startSystem } from '../system.ts';
import { TracedApi } from './traced-api.ts';
import { buy, buyTraced, prepareSale } from './purchase.ts';

/** Where a purchase is traced. */
export interface TraceOptions {
  /** A collector that takes OTLP over HTTP. */
  readonly collectorUrl: string;
  /** Without one, the system has a PostgreSQL of its own. */
  readonly databaseUrl?: string;
  readonly signal?: AbortSignal;
}

/** Nothing else of the developer's environment reaches the programs but where compiled code is. */
const variables = {
  ...anyPorts,
  LOG_LEVEL: 'warn',
  TICK_INTERVAL_MS: '100',
  // Of what comes without a trace, nothing: only what the buyer does is followed.
  OTEL_TRACES_SAMPLER_ARG: '0',
};
const saidMax = 40;

/**
 * Starts a system of its own and makes one purchase in it, traced; then ends the system, by which all of it has been sent.
 * One that is not traced goes before: the first call of every kind takes longer, for it opens connections and compiles.
 *
 * @returns the trace's id.
 * @throws Error with words for a person, and what the programs said.
 */
export async function tracePurchase({ collectorUrl, databaseUrl, signal }: TraceOptions): Promise<string> {
  const said: string[] = [];
  const say = (text: string): void => {
    said.push(text);
    if (said.length > saidMax) said.shift();
  };
  const output: Output = { line: (program, text) => say(`${program}: ${summary(text)}`), note: say };
  try {
    await using resources = new AsyncDisposableStack();
    const home = await mkdtemp(join(tmpdir(), 'boxoffice-trace-'));
    resources.defer(() => rm(home, { recursive: true, force: true }));
    const environment = {
      PATH: process.env['PATH'],
      NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'],
      ...variables,
      BOXOFFICE_HOME: home,
      OTEL_EXPORTER_OTLP_ENDPOINT: collectorUrl,
      ...(databaseUrl !== undefined && { DATABASE_URL: databaseUrl }),
    };
    const system = resources.use(
      await startSystem({ environment, output, catalogue: false, ...(signal && { signal }) }),
    );
    const traces = resources.use(
      openTraces({
        name: 'buyer',
        url: collectorUrl,
        headers: {},
        share: 1,
        resourceAttributes: {},
        log: createLogger('buyer', 'warn'),
      }),
    );
    await buy(new TracedApi(system.url), await prepareSale(system, 'rehearsal'));
    return await buyTraced(system.url, await prepareSale(system, 'buyer'), traces);
  } catch (error) {
    signal?.throwIfAborted();
    throw new Error(`${error instanceof Error ? error.message : String(error)}\n${said.join('\n')}`, { cause: error });
  }
}
