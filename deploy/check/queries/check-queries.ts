/**
 * `npm run check:queries`: asks a real Prometheus, which scrapes a system of its own in which a little is sold, every query of
 * every dashboard and rule. Prints what is refused, with exit code 1, and what gives nothing: in a system that is well, that is
 * what tells of failures.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import { createOutput } from '../../local/output.ts';
import { startSystem } from '../../local/system.ts';
import { allQueries } from '../observability/queries.ts';
import { PlayedSale } from './played-sale.ts';
import { startPrometheus, type Prometheus } from './prometheus.ts';

/** While they go on for longer than the steps of 15 s in which some rules look back. */
const sales = 3;
const pauseMs = 6_000;

await using resources = new AsyncDisposableStack();
const home = await mkdtemp(join(tmpdir(), 'boxoffice-queries-'));
resources.defer(() => rm(home, { recursive: true, force: true }));
const ports = { PORT: '0', QUEUE_PORT: '0', INVENTORY_PORT: '0', LEDGER_PORT: '0', WORKER_PORT: '0' };
const system = resources.use(
  await startSystem({
    environment: { ...process.env, ...ports, OPERATIONS_PORT: '0', BOXOFFICE_HOME: home, LOG_LEVEL: 'warn' },
    output: createOutput({ json: false, write: (text) => process.stderr.write(text) }),
    catalogue: false,
  }),
);
const prometheus = resources.use(await startPrometheus(system));
for (let played = 0; played < sales; played += 1) {
  resources.use(await PlayedSale.play(system));
  await delay(pauseMs);
}
await report(prometheus);

async function report(asked: Prometheus): Promise<void> {
  const queries = await allQueries();
  const found = { some: 0, nothing: 0, refused: 0 };
  for (const { where, expr } of queries) {
    try {
      const series = await asked.count(expr);
      found[series > 0 ? 'some' : 'nothing'] += 1;
      if (series === 0) console.log(`nothing: ${where}: ${expr}`);
    } catch (error) {
      found.refused += 1;
      console.log(`refused: ${where}: ${expr}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  console.log(
    `${queries.length} queries: ${found.some} give something, ${found.nothing} nothing, ${found.refused} refused`,
  );
  process.exitCode = found.refused > 0 ? 1 : 0;
}
