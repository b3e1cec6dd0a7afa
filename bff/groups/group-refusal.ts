import { durationMs, type Duration } from '@bufbuild/protobuf/wkt';
import { Code, ConnectError } from '@connectrpc/connect';
import { isReason } from '@boxoffice/proto/reasons';
import { refuse } from '@boxoffice/runtime/error';

/** How the answer to a group tells why one of it was refused. */
interface Refused {
  readonly reason: string;
  readonly message: string;
  readonly retryAfter?: Duration | undefined;
  readonly metadata?: Readonly<Record<string, string>>;
}

/** The refusal of one of a group, as the call for it alone would have thrown it. */
export function refusalOf({ reason, message, retryAfter, metadata = {} }: Refused): ConnectError {
  if (!isReason(reason)) {
    return new ConnectError(message, Code.Unknown);
  }
  return refuse(reason, message, {
    metadata,
    ...(retryAfter !== undefined && { retryAfterMs: durationMs(retryAfter) }),
  });
}
