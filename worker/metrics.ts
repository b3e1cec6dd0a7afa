import type { Meter } from '@opentelemetry/api';
import type { QueueTick } from '@boxoffice/queue/admission';
import { endMetrics, type EndMetrics } from '@boxoffice/queue/metrics';
import { quickHistogram, type HistogramSeries } from '@boxoffice/runtime/telemetry/quick-histogram';

/** In seconds: from who is let in at once to a day in line. */
const waitBoundaries = [1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1_200, 1_800, 3_600, 7_200, 14_400, 28_800, 86_400];
/** In seconds: from a loop that finds nothing to do to one that waits for whom it calls. */
const runBoundaries = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/** What a worker counts; of the queues, once it is committed. */
export interface WorkerMetrics extends EndMetrics {
  /** A tick has done this with a queue. */
  ticked(tick: QueueTick): void;
  /** What is counted of a loop. Ask once for each. */
  loop(name: string): LoopMetrics;
}

/** What is counted of a loop. */
export interface LoopMetrics {
  succeeded(durationMs: number): void;
  failed(durationMs: number): void;
}

/** Makes what a worker counts with; nothing where nobody looks. */
export function workerMetrics(meter: Meter | undefined): WorkerMetrics | undefined {
  if (meter === undefined) return undefined;
  const ends = endMetrics(meter);
  const admitted = meter.createCounter('boxoffice_queue_admitted', { description: 'Tickets admitted' });
  admitted.add(0);
  const waits = quickHistogram(meter, {
    name: 'boxoffice_queue_wait_seconds',
    description: 'How long those who were admitted had waited, from joining or from the opening',
    boundaries: waitBoundaries,
  }).series({});
  return {
    ...ends,
    ticked({ waitsSeconds, expired }) {
      admitted.add(waitsSeconds.length);
      for (const seconds of waitsSeconds) waits.record(seconds);
      if (expired > 0) ends.over('EXPIRED', expired);
    },
    loop: loopMetrics(meter),
  };
}

function loopMetrics(meter: Meter): (name: string) => LoopMetrics {
  const runs = quickHistogram(meter, {
    name: 'boxoffice_worker_loop_duration_seconds',
    description: 'How long the runs of a loop took, failed ones too',
    boundaries: runBoundaries,
  });
  const failures = meter.createCounter('boxoffice_worker_loop_failures', { description: 'Runs of a loop that failed' });
  const succeededAtMs = new Map<string, number>();
  meter
    .createObservableGauge('boxoffice_worker_loop_last_success_seconds', {
      description: 'Since a run of the loop ended well, or the worker began',
    })
    .addCallback((result) => {
      const nowMs = performance.now();
      for (const [loop, atMs] of succeededAtMs) result.observe((nowMs - atMs) / 1_000, { loop });
    });
  return (loop) => {
    const series: HistogramSeries = runs.series({ loop });
    failures.add(0, { loop });
    succeededAtMs.set(loop, performance.now());
    return {
      succeeded(durationMs) {
        series.record(durationMs / 1_000);
        succeededAtMs.set(loop, performance.now());
      },
      failed(durationMs) {
        series.record(durationMs / 1_000);
        failures.add(1, { loop });
      },
    };
  };
}
