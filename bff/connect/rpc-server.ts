import type { IncomingMessage, ServerResponse } from 'node:http';
import { MethodOptions_IdempotencyLevel as IdempotencyLevel } from '@bufbuild/protobuf/wkt';
import { Code, ConnectError, createConnectRouter, createContextValues } from '@connectrpc/connect';
import {
  compressionGzip,
  universalRequestFromNodeRequest,
  universalResponseToNodeResponse,
} from '@connectrpc/connect-node';
import { createAsyncIterable, type UniversalServerResponse } from '@connectrpc/connect/protocol';
import { errorToJsonBytes } from '@connectrpc/connect/protocol-connect';
import { QueueService } from '@boxoffice/proto/queue';
import { refuse } from '@boxoffice/runtime/error';
import type { Logger } from '@boxoffice/runtime/log';
import { inScope, type Scope } from '@boxoffice/runtime/telemetry/scope';
import { bodyBytesMax } from '../request/body.ts';
import { crossOriginHeaders } from '../http/cross-origin.ts';
import { logFailure } from '../http/middleware.ts';
import { problemFrom, statuses } from '../http/problem.ts';
import { requestIdOf } from '../http/request-id.ts';
import { securityHeaders } from '../http/security-headers.ts';
import type { HttpObserver } from '../telemetry/http-observer.ts';
import { requestKey, type CallRequest } from './call.ts';
import { withRequestInfo } from './refusal.ts';
import type { GateParts, PublicRpc } from './rpc.ts';
import { dropStalled } from './stalled.ts';

interface RpcServerOptions extends GateParts {
  readonly rpcs: readonly PublicRpc[];
  readonly corsOrigins: readonly string[];
  readonly observer: HttpObserver | undefined;
  readonly log: Logger;
}

type Handler = ReturnType<typeof createConnectRouter>['handlers'][number];

const fixedHeaders = Object.entries({ ...securityHeaders, 'Cache-Control': 'no-store' });
const pathPrefix = '/boxoffice.';

/** Takes a request over and returns true, or leaves it untouched: it is for no RPC of ours. */
export type RpcServer = (req: IncomingMessage, res: ServerResponse) => boolean;

/**
 * Serves RPCs by Connect and gRPC-Web over HTTP/1.1, beside the onion: the same headers, cross-origin rules and log. A
 * preflight is left to the onion, and so is an RPC that is not public: 404, which clients read as UNIMPLEMENTED.
 */
export function createRpcServer({ rpcs, corsOrigins, observer, log, ...parts }: RpcServerOptions): RpcServer {
  const router = createConnectRouter({
    grpc: false,
    // Not brotli, at whose default a large answer takes seconds.
    acceptCompression: [compressionGzip],
    readMaxBytes: bodyBytesMax,
  });
  rpcs.forEach((rpc) => rpc.mount(router, parts));
  const handlers = new Map(router.handlers.map((handler) => [handler.requestPath, handler]));
  return (req, res) => {
    const { url = '', method } = req;
    if (!url.startsWith(pathPrefix) || method === 'OPTIONS') {
      return false;
    }
    const [path = ''] = url.split('?', 1);
    const handler = handlers.get(path);
    if (handler === undefined) {
      return false;
    }
    const requestId = requestIdOf(req);
    const span = observer?.follow(res, requestId, { route: () => path.slice(1), status: () => statusOf(request, res) });
    const request: CallRequest = {
      ...{ req, requestId },
      traceId: span?.spanContext().traceId,
      onMessage: () => observer?.streams(res),
    };
    const scope: Scope = { requestId, span };
    const cors = crossOriginHeaders(corsOrigins, req.headers.origin);
    for (const [name, value] of [...fixedHeaders, ...Object.entries(cors)]) {
      res.setHeader(name, value);
    }
    res.setHeader('X-Request-Id', requestId);
    logAtTheEnd(log, res, request, { path, handler, scope });
    if (handler.method.methodKind !== 'unary') {
      dropStalled(res);
    }
    void inScope(scope, () =>
      serve(handler, req, res, request).catch((error: unknown) => onUnsent(log, res, request, error)),
    );
    return true;
  };
}

async function serve(handler: Handler, req: IncomingMessage, res: ServerResponse, request: CallRequest): Promise<void> {
  const values = createContextValues().set(requestKey, request);
  // The name of the host is of no interest here, and what the caller sends for it need not be one.
  req.headers.host = 'localhost';
  const universal = universalRequestFromNodeRequest(req, res, undefined, values);
  const answer = await handler(universal);
  await universalResponseToNodeResponse(request.begun === undefined ? unread(answer, request) : answer, res);
}

/** A message that is no Protobuf is the caller's fault, where Connect for Node.js takes it for the server's. */
function unread(answer: UniversalServerResponse, request: CallRequest): UniversalServerResponse {
  if (answer.status !== 500) {
    return answer;
  }
  const header = new Headers({ 'Content-Type': 'application/json' });
  const refusal = withRequestInfo(refuse('REQUEST_INVALID', 'the message cannot be read'), request);
  const body = errorToJsonBytes(refusal, undefined);
  return { status: statuses.REQUEST_INVALID, header, body: createAsyncIterable([body]) };
}

/** The caller has gone, as a rule. */
function onUnsent(log: Logger, res: ServerResponse, { requestId }: CallRequest, error: unknown): void {
  const isGone = ConnectError.from(error).code === Code.Aborted || res.destroyed;
  log[isGone ? 'debug' : 'error']({ requestId, err: error }, 'an answer could not be sent');
  res.destroy();
}

function logAtTheEnd(
  log: Logger,
  res: ServerResponse,
  request: CallRequest,
  { path, handler, scope }: { path: string; handler: Handler; scope: Scope },
): void {
  const startedMs = performance.now();
  const { requestId, req } = request;
  const { method: rpc } = handler;
  const isQuiet =
    rpc.methodKind !== 'unary' ||
    rpc.idempotency === IdempotencyLevel.NO_SIDE_EFFECTS ||
    rpc === QueueService.method.join;
  const end = (): void => {
    const { failure } = request;
    const method = req.method ?? '';
    const status = statusOf(request, res);
    if (failure !== undefined) {
      logFailure(log, { requestId, method, path, gone: !res.writableFinished }, failure, status);
    }
    const level = isQuiet && status < 400 ? 'debug' : 'info';
    if (log.isLevelEnabled(level)) {
      const durationMs = Math.round((performance.now() - startedMs) * 10) / 10;
      log[level]({ requestId, method, path, status, durationMs }, 'request');
    }
  };
  res.once('close', () => inScope(scope, end));
}

/** The status that REST has for what came of a call. */
function statusOf({ failure }: CallRequest, res: ServerResponse): number {
  return failure === undefined ? res.statusCode : problemFrom(failure).status;
}
