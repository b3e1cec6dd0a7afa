import { create, type DescMessage, type DescMethod } from '@bufbuild/protobuf';
import { Code, ConnectError, createContextValues } from '@connectrpc/connect';
import type { Interceptor, Transport, UnaryRequest, UnaryResponse } from '@connectrpc/connect';
import { runStreamingCall, runUnaryCall } from '@connectrpc/connect/protocol';
import { partnerHeader, rpcName } from '../access.ts';
import { noTelemetry, type Telemetry } from '../telemetry/telemetry.ts';
import type { FollowedCertificates } from './certificates.ts';
import { Connection } from './connection.ts';
import { defaultLimits } from './limits.ts';
import { callStream, callUnary, neverAborted } from './outgoing-call.ts';
import { addRequestId, outgoingObserver } from './outgoing-observer.ts';
import { Retries } from './retry.ts';

/** How to reach a gRPC service, and as whom. */
export interface GrpcTransportOptions {
  /** A gRPC target: `host:port` (resolved by DNS, all addresses in turn), or with a scheme. */
  readonly address: string;
  /** Our own key; a call that carries `authorization` of its own keeps it. */
  readonly key: string;
  /** The deadline of a unary call that names none. Streams have none unless they name one. */
  readonly defaultTimeoutMs?: number;
  /** How long a call waits for a connection before it fails with UNAVAILABLE. */
  readonly connectTimeoutMs?: number;
  readonly interceptors?: readonly Interceptor[];
  /** What unary calls are measured and traced with. Default: nothing. */
  readonly telemetry?: Telemetry;
  /** For TLS: what we show, and whom we believe. Without it calls go in clear. */
  readonly tls?: FollowedCertificates | undefined;
}

const defaultTimeoutMs = 5_000;
const connectTimeoutMs = 2_000;

/** Metadata that says on behalf of whose member a service calls: `client.join(request, { headers: onBehalfOf('acme') })`. */
export function onBehalfOf(partner: string): Record<string, string> {
  return { [partnerHeader]: partner };
}

/** Metadata that makes a call with another key than the transport's own, such as an operator's that is passed on. */
export function withKey(key: string): Record<string, string> {
  return { authorization: `Bearer ${key}` };
}

/**
 * Opens a Connect transport over gRPC, for `createClient`. Unary calls of idempotent methods are tried again when the
 * server is away. A stream ends when its consumer has read it to the end or aborts the signal it was opened with:
 * leaving the loop early is not seen by a Connect transport, so open a stream with a signal.
 */
export function grpcTransport(options: GrpcTransportOptions): Transport & AsyncDisposable {
  const connection = new Connection({
    address: options.address,
    connectTimeoutMs: options.connectTimeoutMs ?? connectTimeoutMs,
    responseBytesMax: defaultLimits.responseBytesMax,
    tls: options.tls,
  });
  const retries = new Retries();
  const observer = outgoingObserver(options.telemetry ?? noTelemetry);
  const interceptors = [...(options.interceptors ?? [])];
  const timeoutDefaultMs = options.defaultTimeoutMs ?? defaultTimeoutMs;

  return {
    async unary(method, signal, timeoutMs = timeoutDefaultMs, header, message, contextValues) {
      const deadlineMs = Date.now() + timeoutMs;
      const call = { ...requestOf(method, header, contextValues, options.key), stream: false as const, method };
      const attempt = (request: UnaryRequest<typeof method.input, typeof method.output>) =>
        retries.run(method, request.signal, deadlineMs, async () => {
          await connection.ready(deadlineMs, request.signal);
          return callUnary(connection, request, deadlineMs);
        });
      const send: typeof attempt =
        observer === undefined
          ? attempt
          : (request) => observer.watch(rpcName(method), request.header, () => attempt(request));
      if (interceptors.length === 0) {
        return sendPlainly(send, { ...call, message: create(method.input, message), signal: signal ?? neverAborted });
      }
      const req = { ...call, message };
      return runUnaryCall({ req, next: send, timeoutMs, interceptors, ...(signal === undefined ? {} : { signal }) });
    },

    stream(method, signal, timeoutMs, header, message, contextValues) {
      const deadlineMs = timeoutMs === undefined ? Infinity : Date.now() + timeoutMs;
      return runStreamingCall({
        req: { ...requestOf(method, header, contextValues, options.key), stream: true, method, message },
        next: async (request) => {
          await connection.ready(deadlineMs, request.signal);
          return callStream(connection, request, deadlineMs);
        },
        interceptors,
        ...(timeoutMs === undefined ? {} : { timeoutMs }),
        ...(signal === undefined ? {} : { signal }),
      });
    },

    async [Symbol.asyncDispose]() {
      connection[Symbol.dispose]();
    },
  };
}

// Without interceptors there is nothing that needs the signals and timers of runUnaryCall, a tenth of a call's time:
// grpc-js itself keeps the deadline.
async function sendPlainly<I extends DescMessage, O extends DescMessage>(
  send: (request: UnaryRequest<I, O>) => Promise<UnaryResponse<I, O>>,
  request: UnaryRequest<I, O>,
): Promise<UnaryResponse<I, O>> {
  try {
    return await send(request);
  } catch (error) {
    const { signal } = request;
    throw ConnectError.from(signal.aborted ? signal.reason : error, Code.Canceled);
  }
}

function requestOf(
  method: DescMethod,
  header: HeadersInit | undefined,
  contextValues: UnaryRequest['contextValues'] | undefined,
  key: string,
): Pick<UnaryRequest, 'service' | 'requestMethod' | 'url' | 'header' | 'contextValues'> {
  const headers = new Headers(header);
  if (!headers.has('authorization')) {
    headers.set('authorization', `Bearer ${key}`);
  }
  addRequestId(headers);
  return {
    service: method.parent,
    requestMethod: 'POST',
    url: `/${rpcName(method)}`,
    header: headers,
    contextValues: contextValues ?? createContextValues(),
  };
}
