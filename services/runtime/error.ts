import { create, type MessageInitShape, type DescMessage } from '@bufbuild/protobuf';
import { durationFromMs, durationMs } from '@bufbuild/protobuf/wkt';
import { ConnectError } from '@connectrpc/connect';
import { isReason, reasons, type Reason } from '@boxoffice/proto/reasons';
import { BadRequestSchema, ErrorInfoSchema, RetryInfoSchema, type ErrorInfo } from '@boxoffice/proto/rpc';

/** The `domain` of every `google.rpc.ErrorInfo` that this system sends. */
export const errorDomain = 'boxoffice';

/** A field that broke a rule: its path in protobuf names (`seat_ids[2]`), and what is wrong with it. */
export interface FieldViolation {
  readonly field: string;
  readonly description: string;
}

/** What a refusal can tell beside its reason. */
export interface RefusalOptions {
  /** Facts a program can use, such as `{ seatId: '5' }`. Travels to the caller: no secrets. */
  readonly metadata?: Readonly<Record<string, string>>;
  /** After how many milliseconds another try makes sense. */
  readonly retryAfterMs?: number;
  /** The fields that are wrong. */
  readonly violations?: readonly FieldViolation[];
  /** What led to it; stays in this process. */
  readonly cause?: unknown;
}

interface OutgoingDetail {
  desc: DescMessage;
  value: MessageInitShape<DescMessage>;
}

/**
 * A refusal with a reason of the table in `proto/reasons.ts`, which also gives its gRPC code. It travels as a gRPC
 * status with `google.rpc.ErrorInfo` and, where they say something, `BadRequest` and `RetryInfo`.
 */
export class ServiceError extends ConnectError {
  readonly reason: Reason;

  constructor(reason: Reason, message: string, options: RefusalOptions = {}) {
    super(message, reasons[reason], undefined, detailsOf(reason, options), options.cause);
    this.reason = reason;
  }

  // ConnectError tells its instances by shape, which every ConnectError would pass here.
  static override [Symbol.hasInstance](value: unknown): value is ServiceError {
    return Function.prototype[Symbol.hasInstance].call(ServiceError, value);
  }
}

/** Makes the error that refuses a call: `throw refuse('SEAT_TAKEN', 'seat 5 is held by somebody else')`. */
export function refuse(reason: Reason, message: string, options?: RefusalOptions): ServiceError {
  return new ServiceError(reason, message, options);
}

/** The `ErrorInfo` of an error, made here or received over the wire; undefined when it carries none of ours. */
export function errorInfoOf(error: unknown): ErrorInfo | undefined {
  if (!(error instanceof ConnectError)) {
    return undefined;
  }
  return error.findDetails(ErrorInfoSchema).find((info) => info.domain === errorDomain);
}

/** The reason of a refusal, made here or received over the wire; undefined for any other error. */
export function reasonOf(error: unknown): Reason | undefined {
  if (error instanceof ServiceError) {
    return error.reason;
  }
  const reason = errorInfoOf(error)?.reason;
  return reason !== undefined && isReason(reason) ? reason : undefined;
}

/** After how many milliseconds the refusing side says another try makes sense; undefined when it does not say. */
export function retryAfterMsOf(error: unknown): number | undefined {
  if (!(error instanceof ConnectError)) {
    return undefined;
  }
  const delay = error.findDetails(RetryInfoSchema)[0]?.retryDelay;
  return delay === undefined ? undefined : durationMs(delay);
}

/** The fields an error names as wrong; empty when it names none. */
export function violationsOf(error: unknown): FieldViolation[] {
  if (!(error instanceof ConnectError)) {
    return [];
  }
  return error
    .findDetails(BadRequestSchema)
    .flatMap((request) => request.fieldViolations)
    .map(({ field, description }) => ({ field, description }));
}

function detailsOf(reason: Reason, options: RefusalOptions): OutgoingDetail[] {
  const { metadata = {}, retryAfterMs, violations = [] } = options;
  const details: OutgoingDetail[] = [{ desc: ErrorInfoSchema, value: { reason, domain: errorDomain, metadata } }];
  if (violations.length > 0) {
    details.push({ desc: BadRequestSchema, value: { fieldViolations: [...violations] } });
  }
  if (retryAfterMs !== undefined) {
    details.push({
      desc: RetryInfoSchema,
      value: create(RetryInfoSchema, { retryDelay: durationFromMs(Math.max(0, Math.ceil(retryAfterMs))) }),
    });
  }
  return details;
}
