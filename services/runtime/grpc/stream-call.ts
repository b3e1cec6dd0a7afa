import { create, toBinary } from '@bufbuild/protobuf';
import type { handleServerStreamingCall, ServerWritableStream } from '@grpc/grpc-js';
import { refuse } from '../error.ts';
import { callerOf, type Identity } from '../identity.ts';
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
import type { StreamRoute } from './route.ts';
import { statusFromError } from './status.ts';

type StreamCall = ServerWritableStream<Buffer, Buffer>;
type Messages = ReturnType<ReturnType<StreamRoute['impl']>[typeof Symbol.asyncIterator]>;

/** How far a stream is. */
interface Progress {
  sent: number;
  /** Called with its first message. */
  readonly begun: () => void;
}

/** Makes the grpc-js handler of a server-streaming RPC. */
export function streamHandler(
  route: StreamRoute,
  environment: CallEnvironment,
): handleServerStreamingCall<Buffer, Buffer> {
  return (call) => {
    const scope = new CallScope(call.metadata, environment.observer?.begin(route.rpc, call.metadata));
    void inScope(scope, () => answer(route, environment, call, scope));
  };
}

async function answer(
  route: StreamRoute,
  environment: CallEnvironment,
  call: StreamCall,
  scope: CallScope,
): Promise<void> {
  const { calls, limits, log, observer } = environment;
  const [startedMs, peer] = [performance.now(), call.getPeer()];
  let identity: Identity | undefined;
  let context: CallContext | undefined;
  let failure: Failure | undefined;
  let uncount: (() => void) | undefined;
  let age: NodeJS.Timeout | undefined;
  let messages: Messages | undefined;
  const begun = (): void => observer?.answered(route.rpc, startedMs, scope.span, undefined);
  const progress: Progress = { sent: 0, begun };
  const open: OpenCall = { kind: 'stream', end: (reason) => context?.abort(reason) };
  try {
    calls.add(open);
    observer?.countStream(route.rpc, 1);
    context = contextOf(route, call, limits);
    identity = admit(environment, context);
    uncount = calls.countStream(identity === undefined ? addressOf(peer) : callerOf(identity));
    const request = readRequest(route.method.input, call.request);
    age = setTimeout(() => open.end(tooOldError()), limits.streamAgeMaxMs).unref();
    messages = route.impl(request, context)[Symbol.asyncIterator]();
    await send(route, call, context, messages, progress);
    call.end(trailersOf(context));
  } catch (thrown) {
    failure = failureFrom(thrown);
    // This is how grpc-js is told the status of a stream; it sends it behind the messages written so far.
    call.emit('error', statusFromError(failure.error, scope));
  } finally {
    clearTimeout(age);
    close(context);
  }
  if (progress.sent === 0) observer?.answered(route.rpc, startedMs, scope.span, failure?.error);
  logCall(log, { rpc: route.rpc, identity, peer, startedMs, sent: progress.sent, ...(failure && { failure }) });
  // A handler that still cleans up is a call in progress: it has to be waited for, and it counts.
  const [ended] = await Promise.allSettled([messages?.return?.()]);
  uncount?.();
  if (calls.remove(open)) observer?.countStream(route.rpc, -1);
  logLateFailure(log, route.rpc, failure, ended);
}

/**
 * Sends messages as fast as the caller reads them: the next one is asked for when there is room for it. Whatever ends
 * the stream early (the caller goes away, the deadline, the server closes) aborts the context's signal, and with it
 * every wait here.
 */
async function send(
  route: StreamRoute,
  call: StreamCall,
  context: CallContext,
  messages: Messages,
  progress: Progress,
): Promise<void> {
  const interrupt = interruptible(context.signal);
  for (;;) {
    const next = await interrupt.wait(messages.next());
    if (next.done === true) {
      return;
    }
    if (progress.sent++ === 0) {
      sendHeaders(call, context);
      progress.begun();
    }
    const bytes = toBinary(route.method.output, create(route.method.output, next.value));
    if (!call.write(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength))) {
      await interrupt.wait(new Promise<void>((resolve) => call.once('drain', resolve)));
    }
  }
}

/**
 * Waits that end early when the signal is aborted. One listener for all of them: `Promise.race` against one promise
 * that outlives many would keep every one of them in memory.
 */
function interruptible(signal: AbortSignal): { wait: <T>(work: Promise<T>) => Promise<T> } {
  let interrupt: ((reason: unknown) => void) | undefined;
  signal.addEventListener('abort', () => interrupt?.(signal.reason), { once: true });
  return {
    wait: (work) =>
      new Promise((resolve, reject) => {
        if (signal.aborted) {
          reject(signal.reason as Error);
        }
        interrupt = reject;
        work.then(resolve, reject);
      }),
  };
}

function tooOldError(): ReturnType<typeof refuse> {
  return refuse('DRAINING', 'this stream has reached its age: open another', { retryAfterMs: 0 });
}

// The port tells connections apart, not callers.
function addressOf(peer: string): string {
  return `address:${peer.replace(/:\d+$/, '')}`;
}
