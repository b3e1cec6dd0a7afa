import { Code } from '@connectrpc/connect';

/**
 * Every reason a call can be refused for, and the gRPC code it travels with. The reason is the `reason` of
 * `google.rpc.ErrorInfo` (domain `boxoffice`); programs branch on it, never on the message.
 */
export const reasons = {
  // The caller.
  KEY_MISSING: Code.Unauthenticated,
  KEY_INVALID: Code.Unauthenticated,
  CALLER_NOT_ALLOWED: Code.PermissionDenied,

  // The request.
  REQUEST_INVALID: Code.InvalidArgument,
  PAGE_TOKEN_INVALID: Code.InvalidArgument,
  CURSOR_INVALID: Code.InvalidArgument,
  CURSOR_EXPIRED: Code.OutOfRange,
  REQUEST_ID_REUSED: Code.AlreadyExists,
  REQUEST_IN_FLIGHT: Code.Aborted,
  STREAM_LIMIT: Code.ResourceExhausted,

  // The server.
  DEPENDENCY_UNAVAILABLE: Code.Unavailable,
  DRAINING: Code.Unavailable,
  BUSY: Code.Aborted,
  OVERLOADED: Code.Unavailable,
  INTERNAL: Code.Internal,

  // Queue.
  TOKEN_INVALID: Code.Unauthenticated,
  TOKEN_OF_ANOTHER_SCHEDULE: Code.PermissionDenied,
  TICKET_WAITING: Code.PermissionDenied,
  TICKET_OVER: Code.FailedPrecondition,
  TICKET_UNKNOWN: Code.NotFound,
  QUEUE_UNKNOWN: Code.NotFound,
  QUEUE_EXISTS: Code.AlreadyExists,
  QUEUE_CLOSED: Code.FailedPrecondition,
  QUEUE_FULL: Code.ResourceExhausted,
  ADDRESS_LIMIT: Code.ResourceExhausted,

  // Inventory.
  CONCERT_UNKNOWN: Code.NotFound,
  SCHEDULE_UNKNOWN: Code.NotFound,
  SCHEDULE_CANCELLED: Code.FailedPrecondition,
  BOOKING_NOT_OPEN: Code.FailedPrecondition,
  SEAT_UNKNOWN: Code.NotFound,
  SEAT_TAKEN: Code.FailedPrecondition,
  SEAT_REFUNDED: Code.FailedPrecondition,
  RESERVATION_UNKNOWN: Code.NotFound,
  RESERVATION_PAID: Code.FailedPrecondition,
  RESERVATION_NOT_PAID: Code.FailedPrecondition,
  HOLD_OVER: Code.FailedPrecondition,
  HOLD_EXTENDED: Code.FailedPrecondition,

  // Ledger.
  MEMBER_UNKNOWN: Code.NotFound,
  BALANCE_LIMIT: Code.FailedPrecondition,
  BALANCE_TOO_LOW: Code.FailedPrecondition,
  AMOUNT_MISMATCH: Code.FailedPrecondition,
  PAYMENT_UNKNOWN: Code.NotFound,
  PAYMENT_IN_FLIGHT: Code.Aborted,
  PAYMENT_NOT_PAID: Code.FailedPrecondition,
  REFUND_IN_FLIGHT: Code.Aborted,
} as const satisfies Readonly<Record<string, Code>>;

/** A reason of refusal. */
export type Reason = keyof typeof reasons;

/** Tells whether a text is a known reason. */
export function isReason(text: string): text is Reason {
  return Object.hasOwn(reasons, text);
}
