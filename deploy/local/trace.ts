/** `npm run trace`: one purchase in a system of its own, and every step of it in every program. */
import { parseArgs } from 'node:util';

import { startCollector } from './trace/collector.ts';
import { tracePurchase } from './trace/run.ts';
import { treeLines } from './trace/tree.ts';

const usage = `Usage: npm run trace -- [--to <url>]

Starts a system of its own, buys two tickets by REST as a page would that traces (join, poll, hold, pay), and prints the trace:
each call, each hop between programs and each statement, with when it began and how long it took.

  --to <url>   sends the trace to a collector that takes OTLP over HTTP, such as http://localhost:4318, and prints its id`;

class UsageError extends Error {}

function readArguments(): { readonly help: boolean; readonly to: string | undefined } {
  try {
    const { values } = parseArgs({ options: { to: { type: 'string' }, help: { type: 'boolean' } } });
    if (values.to !== undefined && !URL.canParse(values.to)) throw new Error('--to takes a URL.');
    return { help: values.help === true, to: values.to };
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error), { cause: error });
  }
}

async function trace(to: string | undefined, signal: AbortSignal): Promise<void> {
  if (to !== undefined) {
    console.log(`trace ${await tracePurchase({ collectorUrl: to, signal })} was sent to ${to}`);
    return;
  }
  await using collector = await startCollector();
  const traceId = await tracePurchase({ collectorUrl: collector.url, signal });
  console.log(`trace ${traceId}\n`);
  console.log(treeLines(collector.spans.filter((span) => span.traceId === traceId)).join('\n'));
}

const end = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => end.abort(new Error(`ended by ${signal}`)));
}
try {
  const { help, to } = readArguments();
  if (help) console.log(usage);
  else await trace(to, end.signal);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  if (error instanceof UsageError) console.error(`\n${usage}`);
  process.exitCode = error instanceof UsageError ? 2 : 1;
}
