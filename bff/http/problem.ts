import { Code, ConnectError } from '@connectrpc/connect';
import type { Reason } from '@boxoffice/proto/reasons';
import { errorInfoOf, reasonOf, retryAfterMsOf, violationsOf, type FieldViolation } from '@boxoffice/runtime/error';
import { isReplay } from '@boxoffice/runtime/replay';
import { restDescription, restField, type FieldNames } from '../request/field-names.ts';
import { replayedHeader } from '../request/idempotency.ts';
import { WebError, type WebReason } from './web-error.ts';

/** The body of an answer that is a refusal: RFC 9457, with the reason that programs branch on. */
export interface ProblemBody {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly reason: Reason | WebReason;
  /** The path that was called. */
  readonly instance?: string;
  /** What the log has it under. */
  readonly requestId?: string;
  /** What the traces have it under, where it is traced. */
  readonly traceId?: string;
  /** The fields that are wrong. */
  readonly violations?: readonly FieldViolation[];
  /** Facts a program can use, such as `{ "seatIds": "5,6" }`. */
  readonly metadata?: Readonly<Record<string, string>>;
}

/** A refusal, ready to be sent. */
export interface Problem {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: ProblemBody;
}

/** Which status each reason is answered with. */
export const statuses: Readonly<Record<Reason | WebReason, number>> = {
  // The caller.
  KEY_MISSING: 401,
  KEY_INVALID: 401,
  CALLER_NOT_ALLOWED: 403,
  ACCESS_TOKEN_MISSING: 401,
  ACCESS_TOKEN_INVALID: 401,

  // The request.
  REQUEST_INVALID: 400,
  PAGE_TOKEN_INVALID: 400,
  CURSOR_INVALID: 400,
  CURSOR_EXPIRED: 410,
  REQUEST_ID_REUSED: 422,
  REQUEST_IN_FLIGHT: 409,
  STREAM_LIMIT: 429,
  TOO_MANY_REQUESTS: 429,
  ROUTE_UNKNOWN: 404,
  METHOD_NOT_ALLOWED: 405,
  NOT_HTTP: 400,
  REQUEST_TOO_SLOW: 408,
  BODY_TOO_LARGE: 413,
  CONTENT_UNSUPPORTED: 415,
  HEADERS_TOO_LARGE: 431,

  // The server.
  DEPENDENCY_UNAVAILABLE: 503,
  DRAINING: 503,
  OVERLOADED: 503,
  BUSY: 503,
  INTERNAL: 500,

  // Queue.
  TOKEN_INVALID: 401,
  TOKEN_OF_ANOTHER_SCHEDULE: 403,
  TICKET_WAITING: 403,
  TICKET_OVER: 410,
  TICKET_UNKNOWN: 404,
  QUEUE_UNKNOWN: 404,
  QUEUE_EXISTS: 409,
  QUEUE_CLOSED: 409,
  QUEUE_FULL: 429,
  ADDRESS_LIMIT: 429,

  // Inventory.
  CONCERT_UNKNOWN: 404,
  SCHEDULE_UNKNOWN: 404,
  SCHEDULE_CANCELLED: 409,
  BOOKING_NOT_OPEN: 409,
  SEAT_UNKNOWN: 404,
  SEAT_TAKEN: 409,
  SEAT_REFUNDED: 409,
  RESERVATION_UNKNOWN: 404,
  RESERVATION_PAID: 409,
  RESERVATION_NOT_PAID: 409,
  HOLD_OVER: 410,
  HOLD_EXTENDED: 409,

  // Ledger.
  MEMBER_UNKNOWN: 404,
  BALANCE_LIMIT: 409,
  BALANCE_TOO_LOW: 402,
  AMOUNT_MISMATCH: 422,
  PAYMENT_UNKNOWN: 404,
  PAYMENT_IN_FLIGHT: 409,
  PAYMENT_NOT_PAID: 409,
  REFUND_IN_FLIGHT: 409,
};

// What an error without a reason of ours means: it comes from the way to a service, not from the service. What its
// message says (addresses, states of channels) is for the log.
const reasonsByCode: Readonly<Partial<Record<Code, { reason: Reason; detail: string }>>> = {
  [Code.Unavailable]: { reason: 'DEPENDENCY_UNAVAILABLE', detail: 'a part behind this one is away: try again' },
  [Code.DeadlineExceeded]: { reason: 'DEPENDENCY_UNAVAILABLE', detail: 'a part behind this one took too long' },
  [Code.ResourceExhausted]: { reason: 'OVERLOADED', detail: 'too much at once: try again' },
  [Code.Aborted]: { reason: 'BUSY', detail: 'others were changing the same thing: try again' },
  [Code.Canceled]: { reason: 'DEPENDENCY_UNAVAILABLE', detail: 'the call was cancelled' },
};
const fault = { reason: 'INTERNAL', detail: 'internal error' } as const;

const challenges: Readonly<Partial<Record<Reason | WebReason, string>>> = {
  KEY_MISSING: 'Bearer realm="boxoffice operators"',
  KEY_INVALID: 'Bearer realm="boxoffice operators", error="invalid_token"',
  ACCESS_TOKEN_MISSING: 'Bearer realm="boxoffice"',
  ACCESS_TOKEN_INVALID: 'Bearer realm="boxoffice", error="invalid_token"',
  TOKEN_INVALID: 'Queue-Token realm="boxoffice"',
};

const retryDefaultMs = 1_000;

/** Turns whatever a route threw into what its caller may know. */
export function problemFrom(error: unknown, names?: FieldNames): Problem {
  if (error instanceof WebError) {
    const { headers, retryAfterMs, metadata } = error;
    return problem(error.reason, error.message, { headers, retryAfterMs, metadata });
  }
  const reason = reasonOf(error);
  if (reason === undefined || !(error instanceof ConnectError)) {
    const known = error instanceof ConnectError ? reasonsByCode[error.code] : undefined;
    const { reason: meant, detail } = known ?? fault;
    return problem(meant, detail, { retryAfterMs: retryAfterMsOf(error) });
  }
  const violations = violationsOf(error).map(({ field, description }) => ({
    field: restField(field, names),
    description: restDescription(description),
  }));
  const [first] = violations;
  const detail =
    first === undefined
      ? error.rawMessage
      : `the request is invalid: ${[first.field, first.description].filter(Boolean).join(': ')}`;
  const metadata = errorInfoOf(error)?.metadata;
  const headers = isReplay(error.metadata) ? { [replayedHeader]: 'true' } : {};
  return problem(reason, detail, { headers, retryAfterMs: retryAfterMsOf(error), violations, metadata });
}

function problem(
  reason: Reason | WebReason,
  detail: string,
  more: {
    headers?: Readonly<Record<string, string>>;
    retryAfterMs?: number | undefined;
    violations?: readonly FieldViolation[];
    metadata?: Readonly<Record<string, string>> | undefined;
  },
): Problem {
  const status = statuses[reason];
  const { headers, violations = [], metadata = {} } = more;
  const challenge = challenges[reason];
  const retryAfterMs = more.retryAfterMs ?? (status === 503 || status === 429 ? retryDefaultMs : undefined);
  return {
    status,
    headers: {
      ...headers,
      ...(challenge !== undefined && { 'WWW-Authenticate': challenge }),
      ...(retryAfterMs !== undefined && { 'Retry-After': String(Math.max(1, Math.ceil(retryAfterMs / 1_000))) }),
    },
    body: {
      type: `urn:boxoffice:problem:${reason.toLowerCase().replaceAll('_', '-')}`,
      title: titleOf(reason),
      status,
      detail,
      reason,
      ...(violations.length > 0 && { violations }),
      ...(Object.keys(metadata).length > 0 && { metadata }),
    },
  };
}

// SEAT_TAKEN: "Seat taken".
function titleOf(reason: string): string {
  const words = reason.toLowerCase().replaceAll('_', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}
