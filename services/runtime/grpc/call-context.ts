import { fromBinary, type DescMessage, type MessageShape } from '@bufbuild/protobuf';
import { Code, ConnectError, createHandlerContext } from '@connectrpc/connect';
import { Metadata, type ServerUnaryCall, type ServerWritableStream } from '@grpc/grpc-js';
import type { Logger } from 'pino';
import type { AccessControl } from '../access.ts';
import { refuse } from '../error.ts';
import { identityKey, type Identity } from '../identity.ts';
import { validateRequest } from '../validation.ts';
import type { RpcLimits } from './limits.ts';
import { addHeaders, entriesOf, metadataBytes } from './metadata.ts';
import type { CallObserver } from './call-observer.ts';
import type { OpenCalls } from './open-calls.ts';
import type { StreamRoute, UnaryRoute } from './route.ts';

/** What every call of a server is answered with. */
export interface CallEnvironment {
  readonly access: AccessControl;
  readonly limits: RpcLimits;
  readonly calls: OpenCalls;
  readonly log: Logger;
  /** Present where somebody looks. */
  readonly observer: CallObserver | undefined;
}

/** The context a handler gets; `abort` ends it. */
export type CallContext = ReturnType<typeof createHandlerContext>;

type ServerCall = ServerUnaryCall<Buffer, Buffer> | ServerWritableStream<Buffer, Buffer>;

/**
 * Makes the context of a call. Its signal is aborted with DEADLINE_EXCEEDED when the deadline passes, and with CANCELED
 * when the caller goes away.
 *
 * @throws ServiceError REQUEST_INVALID when the metadata is too large.
 */
export function contextOf(route: UnaryRoute | StreamRoute, call: ServerCall, limits: RpcLimits): CallContext {
  const timeoutMs = timeoutOf(route, call, limits);
  const context = createHandlerContext({
    service: route.method.parent,
    method: route.method,
    protocolName: 'grpc',
    requestMethod: 'POST',
    url: route.path,
    requestHeader: requestEntries(call.metadata, limits),
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
  });
  // grpc-js says so after every call, also after one that went well.
  call.on('cancelled', () => {
    if (!context.signal.aborted) {
      context.abort(deadlinePassed(call) ? deadlineError() : goneError());
    }
  });
  return context;
}

// One for all calls: the error that a signal makes for itself takes a twentieth of a call's time.
const over = new ConnectError('the call is over', Code.Canceled);

/** Ends a context whose call was answered, so that whoever still works for it stops. */
export function close(context: CallContext | undefined): void {
  context?.abort(over);
}

/** The entries of a request's metadata, refused when they are too large. */
export function requestEntries(metadata: Metadata, { metadataBytesMax }: RpcLimits): [string, string][] {
  const entries = entriesOf(metadata);
  const bytes = metadataBytes(entries);
  if (bytes > metadataBytesMax) {
    const description = `has ${bytes} bytes, of at most ${metadataBytesMax}`;
    throw refuse('REQUEST_INVALID', `the metadata ${description}`, {
      violations: [{ field: 'metadata', description }],
    });
  }
  return entries;
}

/** Admits the call, and tells its handler who makes it. */
export function admit({ access }: CallEnvironment, context: CallContext): Identity | undefined {
  const identity = access.admit(context.method, context.requestHeader);
  context.values.set(identityKey, identity);
  return identity;
}

/**
 * Reads a request and checks it against its rules.
 *
 * @throws ServiceError REQUEST_INVALID when it is not such a message, or breaks a rule.
 */
export function readRequest<D extends DescMessage>(schema: D, bytes: Buffer): MessageShape<D> {
  let message;
  try {
    message = fromBinary(schema, bytes);
  } catch (cause) {
    throw refuse('REQUEST_INVALID', `the request is not a ${schema.typeName}`, { cause });
  }
  validateRequest(schema, message);
  return message;
}

/** Sends the response headers, if the handler has set any. */
export function sendHeaders(call: ServerCall, { responseHeader }: CallContext): void {
  if (!isEmpty(responseHeader)) {
    call.sendMetadata(addHeaders(new Metadata(), responseHeader));
  }
}

/** The trailers the handler has set. */
export function trailersOf({ responseTrailer }: CallContext): Metadata | undefined {
  return isEmpty(responseTrailer) ? undefined : addHeaders(new Metadata(), responseTrailer);
}

function timeoutOf(route: UnaryRoute | StreamRoute, call: ServerCall, limits: RpcLimits): number | undefined {
  const leftMs = Number(call.getDeadline()) - Date.now();
  if (route.kind === 'unary') {
    return Math.min(Number.isFinite(leftMs) ? leftMs : limits.unaryTimeoutMs, limits.unaryTimeoutMaxMs);
  }
  // A later deadline than that never comes: the stream is ended for its age.
  return leftMs < limits.streamAgeMaxMs ? leftMs : undefined;
}

function deadlinePassed(call: ServerCall): boolean {
  return Number(call.getDeadline()) <= Date.now();
}

function deadlineError(): ConnectError {
  return new ConnectError('the deadline has passed', Code.DeadlineExceeded);
}

function goneError(): ConnectError {
  return new ConnectError('the caller went away', Code.Canceled);
}

function isEmpty(headers: Headers): boolean {
  return headers.keys().next().done === true;
}
