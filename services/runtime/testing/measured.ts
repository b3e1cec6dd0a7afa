import { createLogger } from '../log.ts';
import { openMetrics } from '../telemetry/metrics.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';

/** Metrics of programs in a test, which is the one who looks. */
export interface Measured extends AsyncDisposable {
  /** To start a program with. */
  readonly telemetry: Telemetry;
  /** What is exposed at this moment, by series, as in `boxoffice_queue_tickets{schedule="1",state="waiting"}`. */
  series(): Promise<ReadonlyMap<string, number>>;
}

/** Opens metrics for a test. */
export function openMeasured(): Measured {
  const metrics = openMetrics({ log: createLogger('test', 'silent') });
  return {
    telemetry: { metrics: metrics.meter, traces: undefined },
    async series() {
      const lines = (await metrics.expose()).split('\n').filter((line) => line !== '' && !line.startsWith('#'));
      return new Map(
        lines.map((line) => {
          const end = line.lastIndexOf(' ');
          return [line.slice(0, end), Number(line.slice(end + 1))];
        }),
      );
    },
    [Symbol.asyncDispose]: () => metrics[Symbol.asyncDispose](),
  };
}
