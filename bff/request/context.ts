import type { IncomingMessage } from 'node:http';
import type Router from '@koa/router';
import type { RouterContext } from '@koa/router';
import type { CallOptions } from '@connectrpc/connect';
import { isReplay } from '@boxoffice/runtime/replay';
import type { FieldNames } from './field-names.ts';
import { tellReplay } from './idempotency.ts';
import { forOperator } from '../caller/own-key.ts';

/** What the middleware knows about a request. */
export interface State {
  requestId: string;
  readonly timeouts: Timeouts;
  /** Who calls, as the access token says; undefined where nobody has to show one. */
  member?: string;
  /** The key of the operator who calls; on operators' routes. */
  operatorKey?: string;
  /** How this route calls the fields of the messages it sends. */
  fieldNames?: FieldNames;
}

/** How long a call to a service may take, in milliseconds. */
export interface Timeouts {
  readonly readTimeoutMs: number;
  /** A payment that takes longer goes on by itself, and the Ledger says so before it has passed. */
  readonly writeTimeoutMs: number;
}

/** The context of a route. */
export type Context = RouterContext<State>;

/** A router of this program. */
export type Routes = Router<State>;

/** How a call that only reads is made: cancelled when nobody waits for the answer any more. */
export function reading(ctx: Pick<Context, 'req' | 'res' | 'state'>): CallOptions & { signal: AbortSignal } {
  return { ...call(ctx.state), timeoutMs: ctx.state.timeouts.readTimeoutMs, signal: goneSignal(ctx) };
}

/**
 * How a call that changes something is made: it runs to its end, whoever waits for it. Where its answer is that of an earlier
 * call, so is ours; of several calls, the last one tells.
 */
export function writing(ctx: Pick<Context, 'state' | 'set' | 'remove'>): CallOptions {
  const { state } = ctx;
  return {
    ...call(state),
    timeoutMs: state.timeouts.writeTimeoutMs,
    onHeader: (header) => tellReplay(ctx, isReplay(header)),
  };
}

function call({ requestId, operatorKey }: State): CallOptions {
  const headers = { 'x-request-id': requestId };
  return operatorKey === undefined
    ? { headers }
    : { headers: { ...headers, authorization: `Bearer ${operatorKey}` }, ...forOperator() };
}

function goneSignal({ req, res }: { req: IncomingMessage; res: Context['res'] }): AbortSignal {
  const gone = new AbortController();
  if (req.socket.destroyed) {
    gone.abort();
  } else {
    res.once('close', () => {
      if (!res.writableFinished) {
        gone.abort();
      }
    });
  }
  return gone.signal;
}
