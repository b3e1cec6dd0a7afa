/** Reasons of refusal that only exist at the web's edge, beside those of `proto/reasons.ts`. */
export type WebReason =
  | 'ROUTE_UNKNOWN'
  | 'METHOD_NOT_ALLOWED'
  | 'BODY_TOO_LARGE'
  | 'CONTENT_UNSUPPORTED'
  | 'NOT_HTTP'
  | 'HEADERS_TOO_LARGE'
  | 'REQUEST_TOO_SLOW'
  | 'TOO_MANY_REQUESTS'
  | 'ACCESS_TOKEN_MISSING'
  | 'ACCESS_TOKEN_INVALID';

/** A refusal with a reason of the web's edge. `headers` and `metadata` go into the answer, `retryAfterMs` as `Retry-After`. */
export class WebError extends Error {
  readonly reason: WebReason;
  readonly headers: Readonly<Record<string, string>>;
  readonly retryAfterMs: number | undefined;
  readonly metadata: Readonly<Record<string, string>>;

  constructor(
    reason: WebReason,
    message: string,
    options: ErrorOptions & {
      headers?: Record<string, string>;
      retryAfterMs?: number;
      metadata?: Record<string, string>;
    } = {},
  ) {
    super(message, options);
    this.name = 'WebError';
    this.reason = reason;
    this.headers = options.headers ?? {};
    this.retryAfterMs = options.retryAfterMs;
    this.metadata = options.metadata ?? {};
  }
}
