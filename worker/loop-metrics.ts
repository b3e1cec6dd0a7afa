import type { Meter } from '@opentelemetry/api';
import { Durations } from '@boxoffice/runtime/telemetry/durations';

/** What hears of the runs of loops. */
export interface LoopMetrics {
  /** A loop begins its first run. */
  readonly started: (loop: string) => void;
  /** A run that began at `startedMs`, by `performance.now()`, is over. */
  readonly ran: (loop: string, startedMs: number, isFailure: boolean) => void;
}

/** Measures the runs of loops: how long they took, how many failed, and how long ago the last was that did not. */
export function measureLoops(meter: Meter): LoopMetrics {
  const name = 'boxoffice_worker_loop_duration_seconds';
  const durations = new Durations(meter, name, 'Of the runs of a loop', ['loop']);
  const failures = meter.createCounter('boxoffice_worker_loop_failures', { description: 'Runs that failed' });
  const successMs = new Map<string, number>();
  meter
    .createObservableGauge('boxoffice_worker_loop_last_success_seconds', {
      description: 'Since the last run that did not fail, or since the start',
    })
    .addCallback((result) => {
      for (const [loop, atMs] of successMs) result.observe((performance.now() - atMs) / 1_000, { loop });
    });
  return {
    started(loop) {
      successMs.set(loop, performance.now());
      failures.add(0, { loop });
    },
    ran(loop, startedMs, isFailure) {
      durations.record(loop, startedMs);
      if (isFailure) failures.add(1, { loop });
      else successMs.set(loop, performance.now());
    },
  };
}
