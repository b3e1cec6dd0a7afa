import { SpanKind } from '@opentelemetry/api';
import { inScope } from '@boxoffice/runtime/telemetry/scope';
import { failSpan } from '@boxoffice/runtime/telemetry/span';
import type { Traces } from '@boxoffice/runtime/telemetry/traces';

/** Ticks a queue, and follows it where it is traced. */
export type TraceTick = <T>(scheduleId: bigint, tick: () => Promise<T>) => Promise<T>;

/** Has the tick of a queue that has something to do begin a trace, as often as traces are kept. */
export function traceTicks(traces: Traces | undefined): TraceTick {
  if (traces === undefined) return (_, tick) => tick();
  return async (scheduleId, tick) => {
    const attributes = { 'boxoffice.schedule_id': String(scheduleId) };
    const span = traces.begin('tick', undefined, { kind: SpanKind.INTERNAL, attributes });
    if (span === undefined) return tick();
    try {
      return await inScope({ span }, tick);
    } catch (error) {
      failSpan(span);
      throw error;
    } finally {
      span.end();
    }
  };
}
