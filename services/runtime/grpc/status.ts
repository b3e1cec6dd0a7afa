import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { anyPack, type Any, AnySchema } from '@bufbuild/protobuf/wkt';
import { Code, ConnectError } from '@connectrpc/connect';
import { Metadata, type StatusObject, type status as GrpcCode } from '@grpc/grpc-js';
import { RequestInfoSchema, StatusSchema } from '@boxoffice/proto/rpc';
import { idsOf, type Scope } from '../telemetry/scope.ts';
import { addHeaders, headersFromMetadata } from './metadata.ts';

const detailsKey = 'grpc-status-details-bin';
const typeUrlPrefix = 'type.googleapis.com/';

// Status travels in HTTP/2 trailers, and peers take 8 KiB of them by default: half is left for everything else.
const messageLengthMax = 1_024;
const detailsBytesMax = 4_096;

/** A gRPC status as grpc-js sends it. */
export type OutgoingStatus = Pick<StatusObject, 'code' | 'details' | 'metadata'>;

/**
 * The gRPC status of an error: its code, message and metadata, and its details as `google.rpc.Status` in
 * `grpc-status-details-bin`. Details that would not fit into trailers are left out, the last first.
 *
 * @param scope of the call that is answered: `google.rpc.RequestInfo` says what the log and the traces have it under.
 */
export function statusFromError(error: ConnectError, scope?: Scope): OutgoingStatus {
  // A lone surrogate cannot be written in UTF-8, and grpc-js throws on it.
  const message = error.rawMessage.slice(0, messageLengthMax).toWellFormed();
  const code = toGrpcCode(error.code);
  try {
    return { code, details: message, metadata: trailersFromError(error, message, scope) };
  } catch {
    // Metadata that gRPC cannot carry: the caller still has to be told the rest.
    return { code, details: message, metadata: new Metadata() };
  }
}

function trailersFromError(error: ConnectError, message: string, scope: Scope | undefined): Metadata {
  const metadata = new Metadata();
  // What another server sent along is between it and us.
  if (!error.isWireError) {
    addHeaders(metadata, error.metadata);
  }
  const details = encodeDetails(error.code, message, [...error.details.map(packDetail), ...requestInfo(error, scope)]);
  if (details !== undefined) {
    metadata.set(detailsKey, details);
  }
  return metadata;
}

/** The error that a gRPC status received from a server stands for, with its details. */
export function errorFromStatus(status: StatusObject): ConnectError {
  const code = isCode(status.code) ? status.code : Code.Unknown;
  const error = new ConnectError(status.details, code, headersFromMetadata(status.metadata));
  error.details = decodeDetails(status.metadata).map(({ typeUrl, value }) => ({
    type: typeUrl.slice(typeUrl.lastIndexOf('/') + 1),
    value,
  }));
  // Says to Connect and to statusFromError alike that this was read, not raised here.
  error.isWireError = true;
  return error;
}

/** Of this call. Of one behind it that was relayed, it is the same request: its own is kept. */
function requestInfo(error: ConnectError, scope: Scope | undefined): readonly Any[] {
  const { requestId, traceId = '' } = idsOf(scope);
  if (
    requestId === undefined ||
    error.details.some((detail) => 'type' in detail && detail.type === RequestInfoSchema.typeName)
  ) {
    return [];
  }
  return [anyPack(RequestInfoSchema, create(RequestInfoSchema, { requestId, servingData: traceId }))];
}

function packDetail(detail: ConnectError['details'][number]): Any {
  return 'desc' in detail
    ? anyPack(detail.desc, create(detail.desc, detail.value))
    : create(AnySchema, { typeUrl: typeUrlPrefix + detail.type, value: detail.value });
}

function encodeDetails(code: Code, message: string, details: readonly Any[]): Buffer | undefined {
  for (let count = details.length; count > 0; count--) {
    const bytes = toBinary(StatusSchema, create(StatusSchema, { code, message, details: details.slice(0, count) }));
    if (bytes.length <= detailsBytesMax) {
      return Buffer.from(bytes);
    }
  }
  return undefined;
}

function decodeDetails(metadata: Metadata): readonly Any[] {
  const [bytes] = metadata.get(detailsKey);
  if (!Buffer.isBuffer(bytes)) {
    return [];
  }
  try {
    return fromBinary(StatusSchema, bytes).details;
  } catch {
    // The status itself is whole: an error with unreadable details is still that error.
    return [];
  }
}

// Connect numbers its codes as gRPC does.
function toGrpcCode(code: Code): GrpcCode {
  return code as number;
}

function isCode(code: number): code is Code {
  return code in Code;
}
