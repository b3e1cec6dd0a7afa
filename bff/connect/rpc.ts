import { randomUUID } from 'node:crypto';
import type {
  DescMessage,
  DescMethod,
  DescMethodServerStreaming,
  DescMethodUnary,
  MessageInitShape,
  MessageShape,
} from '@bufbuild/protobuf';
import type { ConnectRouter, HandlerContext } from '@connectrpc/connect';
import type { Reason } from '@boxoffice/proto/reasons';
import { refuse } from '@boxoffice/runtime/error';
import { validateRequest } from '@boxoffice/runtime/validation';
import type { QueueToken, QueueTokens } from '../caller/queue-token.ts';
import { Call, type CallParts } from './call.ts';
import { refusalFrom, withRequestInfo } from './refusal.ts';

/** What stands in front of every public RPC. */
export interface GateParts extends CallParts {
  readonly tokens: Pick<QueueTokens, 'given'>;
}

/** An RPC that the public may call. */
export interface PublicRpc {
  readonly method: DescMethod;
  mount(router: ConnectRouter, parts: GateParts): void;
}

type Admit<I extends DescMessage, More> = (
  request: MessageShape<I>,
  call: Call,
  tokens: Pick<QueueTokens, 'given'>,
) => Promise<More>;
type Handle<I extends DescMessage, O extends DescMessage, More> = (
  request: MessageShape<I>,
  call: Call,
  more: More,
) => Promise<MessageInitShape<O>>;
type Stream<I extends DescMessage, O extends DescMessage, More> = (
  request: MessageShape<I>,
  call: Call,
  more: More,
) => AsyncIterable<MessageInitShape<O>>;

/** An RPC that is open to everybody. */
export function open<I extends DescMessage, O extends DescMessage>(
  method: DescMethodUnary<I, O>,
  handle: Handle<I, O, undefined>,
): PublicRpc {
  return unary(method, async () => undefined, handle);
}

/**
 * An RPC about the member that `member_id` names: who calls, where that is known. Empty is who calls.
 *
 * @param unknown what is said when somebody else is named: somebody else's looks unknown.
 */
export function ofMember<I extends DescMessage, O extends DescMessage>(
  method: DescMethodUnary<I, O>,
  unknown: Reason,
  handle: Handle<I, O, undefined>,
): PublicRpc {
  needField(method, 'memberId');
  return unary(
    method,
    async (request, call) => {
      const named = request as unknown as { memberId: string };
      const member = await call.member();
      if (member !== undefined && named.memberId !== '' && named.memberId !== member) {
        throw refuse(unknown, 'there is none of that id');
      }
      named.memberId = member ?? named.memberId;
      return undefined;
    },
    handle,
  );
}

/** An RPC for the holder of the queue token in `token`, which has to be of the web shop, and of who calls. */
export function ofHolder<I extends DescMessage, O extends DescMessage>(
  method: DescMethodUnary<I, O>,
  handle: Handle<I, O, QueueToken>,
): PublicRpc {
  needField(method, 'token');
  return unary(method, admitHolder, handle);
}

/** The same for an RPC that streams. */
export function streamOfHolder<I extends DescMessage, O extends DescMessage>(
  method: DescMethodServerStreaming<I, O>,
  handle: Stream<I, O, QueueToken>,
): PublicRpc {
  needField(method, 'token');
  return {
    method,
    mount: (router, parts) => {
      router.rpc(method, async function* (request: MessageShape<I>, context: HandlerContext) {
        const call = new Call(context, parts);
        try {
          const token = await admitHolder(request, call, parts.tokens);
          validateRequest(method.input, request);
          for await (const message of handle(request, call, token)) {
            call.request.onMessage();
            yield message;
          }
        } catch (error) {
          throw failed(call, error);
        }
      } as never);
    },
  };
}

async function admitHolder(request: object, call: Call, tokens: Pick<QueueTokens, 'given'>): Promise<QueueToken> {
  return tokens.given((request as { token: string }).token, await call.member());
}

function unary<I extends DescMessage, O extends DescMessage, More>(
  method: DescMethodUnary<I, O>,
  admit: Admit<I, More>,
  handle: Handle<I, O, More>,
): PublicRpc {
  return {
    method,
    mount: (router, parts) => {
      router.rpc(method, async (request: MessageShape<I>, context: HandlerContext) => {
        const call = new Call(context, parts);
        try {
          const more = await admit(request, call, parts.tokens);
          nameRequest(request);
          validateRequest(method.input, request);
          return await inTime(call.signal, handle(request, call, more));
        } catch (error) {
          throw failed(call, error);
        }
      });
    },
  };
}

/** A call that changes something and has no request id gets one of its own, as in REST. */
function nameRequest(request: object): void {
  if ('requestId' in request && request.requestId === '') {
    request.requestId = randomUUID();
  }
}

function failed(call: Call, error: unknown): unknown {
  if (call.signal.aborted) {
    // The caller has gone, or its own time is over: it is told that, not what came of it here.
    return call.signal.reason;
  }
  call.request.failure = error;
  return withRequestInfo(refusalFrom(error), call.request);
}

/** What changes something runs to its end, but nobody waits for it longer than they said. */
async function inTime<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  const late = Promise.withResolvers<never>();
  const onAbort = (): void => late.reject(signal.reason as Error);
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    signal.throwIfAborted();
    return await Promise.race([work, late.promise]);
  } finally {
    signal.removeEventListener('abort', onAbort);
    // Where nobody waits for it, its failure is nobody's.
    work.catch(() => undefined);
  }
}

function needField(method: DescMethod, name: string): void {
  if (method.input.fields.every(({ localName }) => localName !== name)) {
    throw new Error(`${method.input.typeName} has no field ${name}`);
  }
}
