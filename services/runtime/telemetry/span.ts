import { SpanStatusCode, type Span } from '@opentelemetry/api';

/** The header of W3C Trace Context that makes what is called a part of the trace. */
export function traceparentOf(span: Span): string {
  const { traceId, spanId, traceFlags } = span.spanContext();
  return `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, '0')}`;
}

/** Marks a span as failed; without a message when that may say too much. */
export function failSpan(span: Span, message?: string): void {
  span.setStatus({ code: SpanStatusCode.ERROR, ...(message !== undefined && { message }) });
}
