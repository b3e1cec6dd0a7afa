import { create, toBinary } from '@bufbuild/protobuf';
import type { handleUnaryCall, sendUnaryData, ServerUnaryCall } from '@grpc/grpc-js';
import type { Identity } from '../identity.ts';
import { inScope } from '../telemetry/scope.ts';
import {
  admit,
  close,
  contextOf,
  readRequest,
  sendHeaders,
  trailersOf,
  type CallContext,
  type CallEnvironment,
} from './call-context.ts';
import { CallScope } from './call-scope.ts';
import { failureFrom, type Failure } from './failure.ts';
import type { OpenCall } from './open-calls.ts';
import { logCall, logLateFailure } from './request-log.ts';
import type { UnaryRoute } from './route.ts';
import { statusFromError } from './status.ts';

/** Makes the grpc-js handler of a unary RPC. */
export function unaryHandler(route: UnaryRoute, environment: CallEnvironment): handleUnaryCall<Buffer, Buffer> {
  return (call, callback) => {
    const scope = new CallScope(call.metadata, environment.observer?.begin(route.rpc, call.metadata));
    void inScope(scope, () => answer(route, environment, call, callback, scope));
  };
}

async function answer(
  route: UnaryRoute,
  environment: CallEnvironment,
  call: ServerUnaryCall<Buffer, Buffer>,
  callback: sendUnaryData<Buffer>,
  scope: CallScope,
): Promise<void> {
  const { calls, limits, log, observer } = environment;
  const [startedMs, peer] = [performance.now(), call.getPeer()];
  let identity: Identity | undefined;
  let context: CallContext | undefined;
  let failure: Failure | undefined;
  let work: Promise<unknown> = Promise.resolve();
  const open: OpenCall = { kind: 'unary', end: (reason) => context?.abort(reason) };
  try {
    calls.add(open);
    context = contextOf(route, call, limits);
    identity = admit(environment, context);
    const request = readRequest(route.method.input, call.request);
    const answering = Promise.resolve(route.impl(request, context));
    work = answering;
    const response = await untilAborted(context.signal, answering);
    const bytes = toBinary(route.method.output, create(route.method.output, response));
    sendHeaders(call, context);
    callback(null, Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength), trailersOf(context));
  } catch (thrown) {
    failure = failureFrom(thrown);
    callback(statusFromError(failure.error, scope));
  } finally {
    close(context);
  }
  observer?.answered(route.rpc, startedMs, scope.span, failure?.error);
  logCall(log, { rpc: route.rpc, identity, peer, startedMs, ...(failure && { failure }) });
  // Answered or not, a handler that still runs is a call in progress: it has to be waited for, and it counts.
  const [ended] = await Promise.allSettled([work]);
  calls.remove(open);
  logLateFailure(log, route.rpc, failure, ended);
}

// The caller is answered when its deadline passes, whether or not the handler minds its signal.
function untilAborted<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason as Error);
    if (signal.aborted) {
      onAbort();
    }
    signal.addEventListener('abort', onAbort, { once: true });
    work.then(resolve, reject);
  });
}
