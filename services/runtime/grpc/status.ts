import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { anyPack, type Any, AnySchema } from '@bufbuild/protobuf/wkt';
import { Code, ConnectError } from '@connectrpc/connect';
import { Metadata, type StatusObject, type status as GrpcCode } from '@grpc/grpc-js';
import { StatusSchema } from '@boxoffice/proto/rpc';
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
 */
export function statusFromError(error: ConnectError): OutgoingStatus {
  // A lone surrogate cannot be written in UTF-8, and grpc-js throws on it.
  const message = error.rawMessage.slice(0, messageLengthMax).toWellFormed();
  const code = toGrpcCode(error.code);
  try {
    return { code, details: message, metadata: trailersFromError(error, message) };
  } catch {
    // Metadata that gRPC cannot carry: the caller still has to be told the rest.
    return { code, details: message, metadata: new Metadata() };
  }
}

function trailersFromError(error: ConnectError, message: string): Metadata {
  const metadata = new Metadata();
  // What another server sent along is between it and us.
  if (!error.isWireError) {
    addHeaders(metadata, error.metadata);
  }
  const details = encodeDetails(error.code, message, error.details.map(packDetail));
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
