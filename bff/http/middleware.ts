import type { Layer } from '@koa/router';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Middleware, ParameterizedContext } from 'koa';
import { reasonOf } from '@boxoffice/runtime/error';
import type { Logger } from '@boxoffice/runtime/log';
import { currentScope, idsOf, inScope } from '@boxoffice/runtime/telemetry/scope';
import type { State, Timeouts } from '../request/context.ts';
import { replayedHeader } from '../request/idempotency.ts';
import type { HttpObserver } from '../telemetry/http-observer.ts';
import { problemFrom } from './problem.ts';
import { requestIdOf } from './request-id.ts';
import { securityHeaders } from './security-headers.ts';
import { WebError } from './web-error.ts';

type Step = Middleware<State>;

const headers = Object.entries(securityHeaders);
const problemHeaders = {
  'Cache-Control': 'no-store',
  'Content-Type': 'application/problem+json; charset=utf-8',
} as const;
const joinPath = /\/(?:queue\/tickets|queues\/token|queue\/issue|api\/token)$/;
const probes: ReadonlySet<string> = new Set(['/healthz', '/readyz']);

interface Beginning {
  readonly timeouts: Timeouts;
  /** Where somebody looks. */
  readonly observer: HttpObserver | undefined;
  readonly log: Logger;
}

/**
 * Gives every request an id (the caller's own `X-Request-Id` where it is one), its scope, its state and the security headers,
 * and logs how it went.
 */
export function beginRequests({ timeouts, observer, log }: Beginning): Step {
  const handle = begunRequests(log);
  return (ctx, next) => {
    const requestId = requestIdOf(ctx.req);
    ctx.state = { requestId, timeouts };
    const span = observer?.follow(ctx.res, requestId, {
      route: () => routeOf(ctx),
      status: () => ctx.res.statusCode,
    });
    return inScope({ requestId, span }, async () => {
      await handle(ctx, next);
      if (ctx.respond === false) observer?.streams(ctx.res);
    });
  };
}

interface Matched {
  readonly matched?: readonly Layer[];
}

/** The pattern of the route that takes a request: not of what all routes of a router go through. */
function routeOf({ matched = [], method }: ParameterizedContext<State> & Matched): string | undefined {
  return matched.find(({ methods }) => methods.includes(method))?.path.toString();
}

function begunRequests(log: Logger): Step {
  return async (ctx, next) => {
    const startedMs = performance.now();
    const { requestId } = ctx.state;
    ctx.res.setHeader('X-Request-Id', requestId);
    for (const [name, value] of headers) {
      ctx.res.setHeader(name, value);
    }
    await next();
    const { method, path, status } = ctx;
    // Polls, joins and probes by the thousand say nothing one by one. The path, never the query: a stream's token may be in it.
    const level = ((method === 'GET' || joinPath.test(path)) && status < 400) || probes.has(path) ? 'debug' : 'info';
    if (log.isLevelEnabled(level)) {
      log[level](
        { requestId, method, path, status, durationMs: Math.round((performance.now() - startedMs) * 10) / 10 },
        'request',
      );
    }
  };
}

/** Turns what a route throws, and what no route answers, into a problem. */
export function answerProblems(log: Logger): Step {
  return async (ctx, next) => {
    try {
      await next();
      if (ctx.status === 404 && ctx.body === undefined && ctx.respond !== false) {
        answerUnrouted(ctx);
      }
    } catch (error) {
      const { fieldNames } = ctx.state;
      const { status, headers, body } = problemFrom(error, fieldNames);
      logFailure(
        log,
        { ...ctx.state, method: ctx.method, path: ctx.path, gone: ctx.req.socket.destroyed },
        error,
        status,
      );
      if (ctx.headerSent) {
        ctx.res.destroy();
        return;
      }
      ctx.status = status;
      ctx.remove('ETag');
      ctx.remove(replayedHeader);
      ctx.set({ ...headers, ...problemHeaders });
      ctx.body = JSON.stringify({ ...body, instance: ctx.path, ...idsOf(currentScope()) });
    }
  };
}

/** Tells which methods an address takes that no route answered. @throws WebError METHOD_NOT_ALLOWED; ROUTE_UNKNOWN when there is none. */
export function answerUnrouted(ctx: ParameterizedContext<State> & Matched): void {
  const methods = new Set((ctx.matched ?? []).flatMap((layer) => layer.methods));
  if (methods.size === 0) {
    throw new WebError('ROUTE_UNKNOWN', 'there is nothing at this address');
  }
  const allow = [...methods, 'OPTIONS'].join(', ');
  if (ctx.method !== 'OPTIONS') {
    throw new WebError('METHOD_NOT_ALLOWED', `this address takes ${allow}`, { headers: { Allow: allow } });
  }
  ctx.status = 204;
  ctx.set('Allow', allow);
}

/** Turns what a join failed with into a problem, for whoever is not in the onion. */
export function answerProblem(log: Logger) {
  return (req: IncomingMessage, res: ServerResponse, requestId: string, error: unknown): void => {
    const { status, headers, body } = problemFrom(error);
    const [path = ''] = (req.url ?? '').split('?');
    logFailure(log, { requestId, method: req.method ?? '', path, gone: req.socket.destroyed }, error, status);
    if (res.headersSent) {
      res.destroy();
      return;
    }
    const text = JSON.stringify({ ...body, instance: path, requestId });
    const length = { 'Content-Length': Buffer.byteLength(text) };
    res.writeHead(status, { 'X-Request-Id': requestId, ...securityHeaders, ...headers, ...problemHeaders, ...length });
    res.end(text);
  };
}

/** A request that failed, as the log has it. */
export interface FailedRequest {
  readonly requestId: string;
  readonly method: string;
  readonly path: string;
  /** Nobody waits for the answer any more. */
  readonly gone: boolean;
}

/** Logs what a request failed with: loudly only where it is a fault of ours. */
export function logFailure(log: Logger, request: FailedRequest, error: unknown, status: number): void {
  const { requestId, method, path, gone } = request;
  const line = { requestId, method, path, status, reason: reasonOf(error), err: error };
  if (gone) {
    log.debug(line, 'the client went away');
  } else if (status === 503) {
    // Many a second while it lasts, and where they were thrown tells nothing.
    const why = error instanceof Error ? error.message : String(error);
    log.warn({ ...line, err: undefined, why }, 'a part behind this one is away');
  } else if (status >= 500) {
    log.error(line, 'failed');
  } else {
    log.trace(line, 'refused');
  }
}
