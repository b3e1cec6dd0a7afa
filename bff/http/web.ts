import cors from '@koa/cors';
import Koa, { type Middleware } from 'koa';
import type { Logger } from '@boxoffice/runtime/log';
import type { Routes, State, Timeouts } from '../request/context.ts';
import type { HttpObserver } from '../telemetry/http-observer.ts';
import { allowedOrigin, crossOrigin } from './cross-origin.ts';
import { answerProblems, beginRequests } from './middleware.ts';

interface WebOptions {
  readonly corsOrigins: readonly string[];
  readonly timeouts: Timeouts;
  /** Other contracts than our own, with answers of their own for whatever happens. */
  readonly dialects: Middleware<State>;
  readonly observer: HttpObserver | undefined;
  readonly log: Logger;
}

/** The onion around the routes: log, security headers, cross-origin rules, problems, routes. */
export function createWeb(routes: readonly Routes[], options: WebOptions): Koa<State> {
  const { corsOrigins, timeouts, dialects, observer, log } = options;
  const web = new Koa<State>();
  web.on('error', (error: unknown) =>
    log[isGone(error) ? 'debug' : 'error']({ err: error }, 'an answer could not be sent'),
  );
  web.use(beginRequests({ timeouts, observer, log }));
  if (corsOrigins.length > 0) {
    web.use(
      cors({
        origin: (ctx) => allowedOrigin(corsOrigins, ctx.get('Origin')),
        ...crossOrigin,
      }),
    );
  }
  web.use(answerProblems(log));
  web.use(dialects);
  for (const router of routes) {
    web.use(router.routes());
  }
  return web;
}

const goneCodes: ReadonlySet<unknown> = new Set(['ECONNRESET', 'EPIPE', 'ERR_STREAM_PREMATURE_CLOSE']);

// The client went away in the middle of its answer.
function isGone(error: unknown): boolean {
  return error instanceof Error && 'code' in error && goneCodes.has(error.code);
}
