import { fromBinary, toBinary, type DescMessage, type MessageShape } from '@bufbuild/protobuf';
import { Code, ConnectError } from '@connectrpc/connect';
import type { StreamRequest, StreamResponse, UnaryRequest, UnaryResponse } from '@connectrpc/connect';
import { Metadata, status, type ChannelInterface, type StatusObject } from '@grpc/grpc-js';
import type { Connection } from './connection.ts';
import { addHeaders, headersFromMetadata } from './metadata.ts';
import { NotSentError, wasNotSent } from './not-begun.ts';
import { ReadAhead } from './read-ahead.ts';
import { errorFromStatus } from './status.ts';

// The calls of a channel are used as they are, not through the `Client` of grpc-js: that costs a third more CPU a call,
// most of it in stack traces for errors that this side makes anew, and hides when the next message is asked for.

type Call = ReturnType<ChannelInterface['createCall']>;
type Request<I extends DescMessage, O extends DescMessage> = Pick<
  UnaryRequest<I, O> | StreamRequest<I, O>,
  'header' | 'method' | 'signal' | 'url'
>;

/** The signal of calls that nobody can abort. */
export const neverAborted = new AbortController().signal;

/** What a call hears of the server. */
interface Listener {
  onHeader(header: Headers): void;
  onMessage(bytes: Buffer): void;
  onEnd(end: StatusObject): void;
}

/**
 * Makes one unary call. `deadlineMs` is by `Date.now()`.
 *
 * @throws ConnectError as the server answered, or with INTERNAL when its answer cannot be read.
 */
export function callUnary<I extends DescMessage, O extends DescMessage>(
  connection: Connection,
  request: UnaryRequest<I, O>,
  deadlineMs: number,
): Promise<UnaryResponse<I, O>> {
  const { method, service } = request;
  return new Promise((resolve, reject) => {
    let header = new Headers();
    let message: MessageShape<O> | undefined;
    const call = start(connection, request, request.message, deadlineMs, {
      onHeader: (received) => (header = received),
      onMessage(bytes) {
        if (message !== undefined) {
          call.cancelWithStatus(status.INTERNAL, 'more than one response to a unary call');
          return;
        }
        message = read(call, method.output, bytes);
        call.startRead();
      },
      onEnd(end) {
        if (end.code !== status.OK) {
          reject(failureOf(end));
        } else if (message === undefined) {
          reject(new ConnectError('no response to a unary call', Code.Internal));
        } else {
          const trailer = headersFromMetadata(end.metadata);
          resolve({ stream: false, service, method, header, trailer, message });
        }
      },
    });
    call.startRead();
  });
}

/**
 * Makes a server-streaming call. Resolves when the server begins to answer. At most 16 messages are read ahead of the
 * consumer; a slow one so slows the server.
 *
 * @throws ConnectError as the server answered, when it refuses; the stream throws what comes later.
 */
export async function callStream<I extends DescMessage, O extends DescMessage>(
  connection: Connection,
  request: StreamRequest<I, O>,
  deadlineMs: number,
): Promise<StreamResponse<I, O>> {
  const { method, service } = request;
  const { promise: header, resolve, reject } = Promise.withResolvers<Headers>();
  const trailer = new Headers();
  const messages = new ReadAhead<MessageShape<O>>(() => call.startRead());
  const first = await firstOf(request);
  const call = start(connection, request, first, deadlineMs, {
    onHeader: resolve,
    onMessage(bytes) {
      const message = read(call, method.output, bytes);
      if (message !== undefined) {
        messages.push(message);
      }
    },
    onEnd(end) {
      const error = end.code === status.OK ? undefined : errorFromStatus(end);
      headersFromMetadata(end.metadata).forEach((value, key) => trailer.append(key, value));
      messages.end(error);
      if (error === undefined) {
        resolve(new Headers());
      } else {
        reject(error);
      }
    },
  });
  call.startRead();
  return { stream: true, service, method, header: await header, trailer, message: messages };
}

function failureOf(end: StatusObject): ConnectError {
  const error = errorFromStatus(end);
  if (wasNotSent(end)) error.cause = new NotSentError(end.details);
  return error;
}

function start<I extends DescMessage, O extends DescMessage>(
  connection: Connection,
  { header, method, signal, url }: Request<I, O>,
  message: MessageShape<I>,
  deadlineMs: number,
  listener: Listener,
): Call {
  const metadata = addHeaders(new Metadata(), header);
  const bytes = toBinary(method.input, message);
  const call = connection.channel.createCall(url, deadlineMs, null, null, null);
  const cancel = () => call.cancelWithStatus(status.CANCELLED, 'cancelled by the caller');
  call.start(metadata, {
    onReceiveMetadata: (received) => listener.onHeader(headersFromMetadata(received)),
    onReceiveMessage: (received: Buffer) => listener.onMessage(received),
    onReceiveStatus(end) {
      if (signal !== neverAborted) {
        signal.removeEventListener('abort', cancel);
      }
      connection.openCalls.delete(cancel);
      listener.onEnd(end);
    },
  });
  // Signals keep their listeners in a list, which one that all calls share would have to search for each.
  if (signal !== neverAborted) {
    signal.addEventListener('abort', cancel, { once: true });
  }
  connection.openCalls.add(cancel);
  call.sendMessageWithContext({}, Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  call.halfClose();
  return call;
}

function read<O extends DescMessage>(call: Call, schema: O, bytes: Buffer): MessageShape<O> | undefined {
  try {
    return fromBinary(schema, bytes);
  } catch {
    call.cancelWithStatus(status.INTERNAL, `the response is not a ${schema.typeName}`);
    return undefined;
  }
}

async function firstOf<I extends DescMessage, O extends DescMessage>(
  request: StreamRequest<I, O>,
): Promise<MessageShape<I>> {
  const next = await request.message[Symbol.asyncIterator]().next();
  if (request.method.methodKind !== 'server_streaming' || next.done === true) {
    throw new ConnectError('only unary and server-streaming calls are made here', Code.Unimplemented);
  }
  return next.value;
}
