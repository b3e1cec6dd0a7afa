import type { ConnectError } from '@connectrpc/connect';
import type {
  Server,
  ServerDuplexStream,
  ServerUnaryCall,
  ServiceDefinition,
  UntypedHandleCall,
  UntypedServiceImplementation,
  sendUnaryData,
} from '@grpc/grpc-js';
import { refuse } from '../error.ts';
import { requestEntries, type CallEnvironment } from './call-context.ts';
import { failureFrom } from './failure.ts';
import type { OpenCall } from './open-calls.ts';
import { statusFromError } from './status.ts';

type AnyStream = ServerDuplexStream<unknown, unknown>;
type OpenEnvironment = Pick<CallEnvironment, 'calls' | 'limits'>;

/**
 * Where health and reflection are added to a server: they answer anybody, and so they are held to the limits of all
 * other calls, their streams are counted by address, and none lives longer than `openStreamAgeMaxMs`. RPCs without an
 * implementation are not added.
 */
export function openServices(server: Server, environment: OpenEnvironment): Pick<Server, 'addService'> {
  return {
    addService(definition: ServiceDefinition, implementation: UntypedServiceImplementation) {
      for (const [name, rpc] of Object.entries(definition)) {
        const handle = implementation[name] ?? implementation[rpc.originalName ?? name];
        if (handle === undefined) {
          continue;
        }
        const guarded = rpc.responseStream ? guardStream(handle, environment) : guardUnary(handle, environment);
        const type = rpc.requestStream ? 'bidi' : rpc.responseStream ? 'serverStream' : 'unary';
        server.register(rpc.path, guarded, rpc.responseSerialize, rpc.requestDeserialize, type);
      }
    },
  };
}

function guardUnary(handle: UntypedHandleCall, { calls, limits }: OpenEnvironment): UntypedHandleCall {
  return (call: ServerUnaryCall<unknown, unknown>, callback: sendUnaryData<unknown>) => {
    // These answer in the same turn of the event loop: nothing has to end them.
    const open: OpenCall = { kind: 'unary', end: () => undefined };
    try {
      calls.add(open);
      requestEntries(call.metadata, limits);
      (handle as (call: unknown, callback: sendUnaryData<unknown>) => void)(call, callback);
    } catch (thrown) {
      callback(statusFromError(failureFrom(thrown).error));
    } finally {
      calls.remove(open);
    }
  };
}

function guardStream(handle: UntypedHandleCall, { calls, limits }: OpenEnvironment): UntypedHandleCall {
  return (call: AnyStream) => {
    let uncount: (() => void) | undefined;
    const open: OpenCall = { kind: 'stream', end: fail };
    const age = setTimeout(() => fail(ageError()), limits.openStreamAgeMaxMs).unref();
    function fail(reason: ConnectError): void {
      call.emit('error', statusFromError(reason));
    }
    // grpc-js emits it after every stream, also after one that ended well.
    call.once('cancelled', () => {
      clearTimeout(age);
      uncount?.();
      calls.remove(open);
    });
    try {
      calls.add(open);
      requestEntries(call.metadata, limits);
      uncount = calls.countStream(`address:${call.getPeer().replace(/:\d+$/, '')}`);
      (handle as (call: unknown) => void)(call);
    } catch (thrown) {
      fail(failureFrom(thrown).error);
    }
  };
}

function ageError(): ConnectError {
  return refuse('DRAINING', 'this stream has reached its age: open another', { retryAfterMs: 0 });
}
