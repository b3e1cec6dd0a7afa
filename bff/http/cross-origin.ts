import { cors as connect } from '@connectrpc/connect';
import { replayedHeader } from '../request/idempotency.ts';

/** What pages of other origins may send and see, where `CORS_ORIGINS` lets them in: of REST, and of Connect and gRPC-Web. */
export const crossOrigin = {
  allowMethods: ['GET', 'HEAD', 'POST', 'PATCH', 'DELETE'],
  allowHeaders: [
    'Authorization',
    'Content-Type',
    'Idempotency-Key',
    'Last-Event-ID',
    'Queue-Token',
    'X-Request-Id',
    // Of W3C Trace Context: from browsers that trace.
    'traceparent',
    'tracestate',
    ...connect.allowedHeaders.filter((name) => name !== 'Content-Type'),
  ],
  exposeHeaders: [
    'ETag',
    replayedHeader,
    'Location',
    'Retry-After',
    'WWW-Authenticate',
    'X-Request-Id',
    'Boxoffice-Replayed',
    ...connect.exposedHeaders,
  ],
  /** Of a preflight's answer, in seconds. */
  maxAge: 600,
};

/**
 * The origin that an answer names as allowed; empty for none. Nothing here goes by cookies, so that any origin may be let in.
 */
export function allowedOrigin(allowed: readonly string[], origin: string): string {
  if (allowed.includes('*')) {
    return '*';
  }
  return allowed.includes(origin) ? origin : '';
}

const exposed = crossOrigin.exposeHeaders.join(',');

/** The cross-origin headers of an answer that does not come out of the onion. */
export function crossOriginHeaders(allowed: readonly string[], origin: string | undefined): Record<string, string> {
  if (allowed.length === 0) {
    return {};
  }
  const named = origin === undefined ? '' : allowedOrigin(allowed, origin);
  return {
    Vary: 'Origin',
    ...(named !== '' && { 'Access-Control-Allow-Origin': named, 'Access-Control-Expose-Headers': exposed }),
  };
}
