import { monitorEventLoopDelay } from 'node:perf_hooks';

import type { Meter } from '@opentelemetry/api';

interface MeasuredProgram {
  readonly name: string;
  readonly isReady: () => Promise<boolean>;
}

const quantiles = [0.5, 0.99, 1] as const;
const delayResolutionMs = 10;
const nsPerS = 1e9;

/** Measures what every program is: processor, memory, how late its event loop is, and whether it is ready. */
export function measureProcess(meter: Meter, { name, isReady }: MeasuredProgram): Disposable {
  const delays = monitorEventLoopDelay({ resolution: delayResolutionMs });
  delays.enable();
  meter
    .createObservableCounter('boxoffice_process_cpu_seconds', { description: 'Processor time, of user and system' })
    .addCallback((result) => {
      const { user, system } = process.cpuUsage();
      result.observe((user + system) / 1e6);
    });
  gauge(meter, 'boxoffice_process_resident_memory_bytes', 'Memory that the process holds', () =>
    process.memoryUsage.rss(),
  );
  gauge(
    meter,
    'boxoffice_process_heap_used_bytes',
    'Memory in use by JavaScript',
    () => process.memoryUsage().heapUsed,
  );
  meter
    .createObservableGauge('boxoffice_event_loop_delay_seconds', {
      description: 'How late timers were since the last scrape',
    })
    .addCallback((result) => {
      for (const quantile of quantiles) {
        const ns = quantile === 1 ? delays.max : delays.percentile(100 * quantile);
        // The time between two looks is not a delay.
        result.observe(Math.max(0, ns / nsPerS - delayResolutionMs / 1_000), { quantile: String(quantile) });
      }
      delays.reset();
    });
  gauge(meter, 'boxoffice_program_info', 'Which program this is, always 1', () => 1, {
    program: name,
    node: process.version,
  });
  meter
    .createObservableGauge('boxoffice_program_ready', { description: 'Whether work should be sent here' })
    .addCallback(async (result) => result.observe((await isReady()) ? 1 : 0));
  return { [Symbol.dispose]: () => void delays.disable() };
}

function gauge(
  meter: Meter,
  name: string,
  description: string,
  value: () => number,
  attributes: Readonly<Record<string, string>> = {},
): void {
  meter.createObservableGauge(name, { description }).addCallback((result) => result.observe(value(), attributes));
}
