import { Code, ConnectError } from '@connectrpc/connect';
import { isReason } from '@boxoffice/proto/reasons';
import { ErrorInfoSchema, RequestInfoSchema, RetryInfoSchema } from '@boxoffice/proto/rpc';
import { durationFromMs } from '@bufbuild/protobuf/wkt';
import { errorDomain, reasonOf, refuse } from '@boxoffice/runtime/error';
import { isReplay, markReplay } from '@boxoffice/runtime/replay';
import { problemFrom } from '../http/problem.ts';
import { WebError, type WebReason } from '../http/web-error.ts';

/** The reasons of the web's edge that a call can be refused for, and their codes. */
const codes: Readonly<Partial<Record<WebReason, Code>>> = {
  ACCESS_TOKEN_MISSING: Code.Unauthenticated,
  ACCESS_TOKEN_INVALID: Code.Unauthenticated,
  TOO_MANY_REQUESTS: Code.ResourceExhausted,
};

const retryMs = 1_000;

/**
 * Turns whatever a call failed with into what its caller may know: the refusal of a service with all its details, but
 * without the metadata it travelled with; one of the web's edge with its reason; anything else as what it means.
 */
export function refusalFrom(error: unknown): ConnectError {
  if (error instanceof WebError) {
    return edgeRefusal(error);
  }
  if (reasonOf(error) === undefined || !(error instanceof ConnectError)) {
    const { status, body } = problemFrom(error);
    const retry = status === 503 ? { retryAfterMs: retryMs } : {};
    return refuse(isReason(body.reason) ? body.reason : 'INTERNAL', body.detail, retry);
  }
  const told = new ConnectError(error.rawMessage, error.code);
  told.details = error.details;
  if (isReplay(error.metadata)) {
    markReplay(told.metadata);
  }
  return told;
}

/** Tells the ids that log and traces have a request under, as a service behind may have done. Of a trace, its id is what served. */
export function withRequestInfo(
  refusal: ConnectError,
  { requestId, traceId = '' }: { readonly requestId: string; readonly traceId?: string | undefined },
): ConnectError {
  const isOther = (detail: ConnectError['details'][number]): boolean =>
    'desc' in detail || detail.type !== RequestInfoSchema.typeName;
  const info = { desc: RequestInfoSchema, value: { requestId, servingData: traceId } };
  refusal.details = [...refusal.details.filter(isOther), info];
  return refusal;
}

function edgeRefusal({ reason, message, retryAfterMs, cause }: WebError): ConnectError {
  const info = { desc: ErrorInfoSchema, value: { reason, domain: errorDomain } };
  const retry =
    retryAfterMs === undefined
      ? []
      : [{ desc: RetryInfoSchema, value: { retryDelay: durationFromMs(Math.ceil(retryAfterMs)) } }];
  return new ConnectError(message, codes[reason] ?? Code.InvalidArgument, undefined, [info, ...retry], cause);
}
