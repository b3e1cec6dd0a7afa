import { SpanKind, SpanStatusCode } from '@opentelemetry/api';
import { inScope } from '@boxoffice/runtime/telemetry/scope';
import type { Traces } from '@boxoffice/runtime/telemetry/traces';

import type { QueueTick } from './admission.ts';

/**
 * Ticks a queue as a trace of its own, for the share of traces that is kept: nobody has asked for it. What it asks the database
 * is below it. Whether it admits anybody is known only when it has; one that does not says so.
 */
export async function tracedTick(
  traces: Traces | undefined,
  scheduleId: bigint,
  tick: () => Promise<QueueTick>,
): Promise<QueueTick> {
  const attributes = { 'boxoffice.schedule_id': String(scheduleId) };
  const span = traces?.begin('tick', undefined, { kind: SpanKind.INTERNAL, attributes });
  if (span === undefined) return tick();
  try {
    const ticked = await inScope({ span }, tick);
    const { opened, admitted, expired } = ticked;
    span.setAttributes({
      'boxoffice.opened': opened > 0,
      'boxoffice.admitted': admitted,
      'boxoffice.expired': expired,
    });
    return ticked;
  } catch (error) {
    span.setStatus({ code: SpanStatusCode.ERROR });
    throw error;
  } finally {
    span.end();
  }
}
