import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { anyPack, type Any } from '@bufbuild/protobuf/wkt';
import { Code, ConnectError } from '@connectrpc/connect';
import { StatusSchema } from '@boxoffice/proto/rpc';

import { errorInfoOf, reasonOf, refuse, retryAfterMsOf, violationsOf, type ServiceError } from '../error.ts';

/** Codes that say: this request, as it stands, is refused. All others are about the moment or about the caller. */
const finalCodes: ReadonlySet<Code> = new Set([
  Code.InvalidArgument,
  Code.NotFound,
  Code.AlreadyExists,
  Code.FailedPrecondition,
  Code.OutOfRange,
]);

/**
 * Tells whether a refusal answers its request for good. It does not when the code asks for another try (UNAVAILABLE,
 * ABORTED, RESOURCE_EXHAUSTED, INTERNAL …), when it is about who asked (UNAUTHENTICATED, PERMISSION_DENIED: the same
 * request may come again with the right key), or when it says after what time to try again.
 */
export function isFinal(refusal: ServiceError): boolean {
  return finalCodes.has(refusal.code) && retryAfterMsOf(refusal) === undefined;
}

/** A refusal as bytes: a `google.rpc.Status` with its details. */
export function refusalToBinary(refusal: ServiceError): Uint8Array {
  const details = refusal.details.flatMap((detail): Any[] =>
    'desc' in detail ? [anyPack(detail.desc, create(detail.desc, detail.value))] : [],
  );
  return toBinary(StatusSchema, create(StatusSchema, { code: refusal.code, message: refusal.rawMessage, details }));
}

/**
 * The refusal that {@link refusalToBinary} wrote; a plain ConnectError when its reason is not in the table any more.
 *
 * @throws Error when the bytes are no Status.
 */
export function refusalFromBinary(bytes: Uint8Array): ConnectError {
  const { code, message, details } = fromBinary(StatusSchema, bytes);
  const read = new ConnectError(message, code);
  read.details = details.map(({ typeUrl, value }) => ({ type: typeUrl.slice(typeUrl.lastIndexOf('/') + 1), value }));
  const reason = reasonOf(read);
  if (reason === undefined) return read;
  return refuse(reason, message, { metadata: errorInfoOf(read)?.metadata ?? {}, violations: violationsOf(read) });
}
