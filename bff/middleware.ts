import { randomUUID } from 'node:crypto';
import type { Layer } from '@koa/router';
import type { Middleware, ParameterizedContext } from 'koa';
import { reasonOf } from '@boxoffice/runtime/error';
import type { Logger } from '@boxoffice/runtime/log';
import type { State, Timeouts } from './context.ts';
import { problemFrom } from './problem.ts';
import { WebError } from './web-error.ts';

type Step = Middleware<State>;

const probes: ReadonlySet<string> = new Set(['/healthz', '/readyz']);
const requestIdPattern = /^[\w.:-]{8,128}$/;

/** Gives every request an id (the caller's own `X-Request-Id` where it is one) and its state, and logs how it went. */
export function beginRequests(log: Logger, timeouts: Timeouts): Step {
  return async (ctx, next) => {
    const startedMs = performance.now();
    const sent = String(ctx.req.headers['x-request-id'] ?? '');
    const requestId = requestIdPattern.test(sent) ? sent : randomUUID();
    ctx.state = { requestId, timeouts };
    ctx.set('X-Request-Id', requestId);
    await next();
    const { method, path, status } = ctx;
    // Polls and probes by the thousand say nothing one by one. The path, never the query: a stream's token may be in it.
    const level = (method === 'GET' && status < 400) || probes.has(path) ? 'debug' : 'info';
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
      const { requestId, fieldNames } = ctx.state;
      const { status, headers, body } = problemFrom(error, fieldNames);
      logFailure(log, ctx, error, status);
      if (ctx.headerSent) {
        ctx.res.destroy();
        return;
      }
      ctx.status = status;
      ctx.set(headers);
      ctx.remove('ETag');
      ctx.set('Cache-Control', 'no-store');
      ctx.set('Content-Type', 'application/problem+json; charset=utf-8');
      ctx.body = JSON.stringify({ ...body, instance: ctx.path, requestId });
    }
  };
}

function answerUnrouted(ctx: ParameterizedContext<State> & { matched?: readonly Layer[] }): void {
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

function logFailure(log: Logger, ctx: ParameterizedContext<State>, error: unknown, status: number): void {
  const { method, path, state } = ctx;
  const line = { requestId: state.requestId, method, path, status, reason: reasonOf(error), err: error };
  if (ctx.req.socket.destroyed) {
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
