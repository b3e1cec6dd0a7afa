import Router from '@koa/router';
import type { Middleware } from 'koa';
import type { Logger } from '@boxoffice/runtime/log';
import type { AccessTokenVerifier } from '../caller/access-token.ts';
import { bearerOf } from '../caller/bearer.ts';
import { readJsonBody } from '../request/body.ts';
import type { Context, Routes, State } from '../request/context.ts';
import type { Deps } from '../deps.ts';
import { replayedHeader } from '../request/idempotency.ts';
import { answerUnrouted, logFailure } from '../http/middleware.ts';
import { problemFrom, type ProblemBody } from '../http/problem.ts';
import { send } from '../answers/send.ts';
import { WebError } from '../http/web-error.ts';
import { dialectA } from './a.ts';
import { dialectC } from './c.ts';
import { DialectRequest } from './dialect-request.ts';
import type { Dialect, DialectDeps, DialectRoute, InvalidTexts, Refusal } from './dialect.ts';
import { dialectE } from './e.ts';
import { KnownSchedules } from './known-schedules.ts';
import { OnlyQueue } from './only-queue.ts';

interface MountOptions {
  readonly verify: AccessTokenVerifier | undefined;
  /** The dialect that is served without its prefix, too. */
  readonly root: Dialect['name'] | undefined;
  readonly readTimeoutMs: number;
  readonly log: Logger;
}

const dialects: readonly Dialect[] = [dialectA, dialectC, dialectE];
const prefixPattern = /^\/([a-z])(?:\/|$)/;
/** What is served below the root by others. */
const ownPattern = /^\/(?:$|(?:v1|healthz|readyz|docs|openapi\.json|operator|assets)(?:\/|$)|boxoffice\.)/;

const accessTokenReasons: ReadonlySet<Refusal['reason']> = new Set<Refusal['reason']>([
  'ACCESS_TOKEN_MISSING',
  'ACCESS_TOKEN_INVALID',
]);
/** Refusals of a token, the member's or the queue's. */
const tokenReasons: ReadonlySet<Refusal['reason']> = new Set<Refusal['reason']>([
  ...accessTokenReasons,
  'TOKEN_INVALID',
  'TOKEN_OF_ANOTHER_SCHEDULE',
  'TICKET_WAITING',
  'TICKET_OVER',
]);
/** What is wrong with these is no wrong field of a row. */
const outsideOfRows: ReadonlySet<string> = new Set(['body', 'Idempotency-Key']);

/**
 * Serves the dialects, each below its prefix, and one of them at the root as well, where nothing of our own is. Whatever
 * happens there, paths that do not exist and faults of ours included, is answered in the dialect's own envelope.
 */
export function serveDialects(parts: Deps, { verify, root, readTimeoutMs, log }: MountOptions): Middleware<State> {
  const deps: DialectDeps = {
    ...parts,
    schedules: new KnownSchedules(parts, readTimeoutMs),
    onlyQueue: new OnlyQueue(parts, readTimeoutMs),
  };
  const mount = (dialect: Dialect, prefix: string) => mounted(dialect, prefix, { deps, verify, log });
  const prefixed = new Map(dialects.map((dialect) => [dialect.name as string, mount(dialect, `/${dialect.name}`)]));
  const rootDialect = dialects.find(({ name }) => name === root);
  const atRoot = rootDialect && mount(rootDialect, '');
  return (ctx, next) => {
    const serve =
      prefixed.get(prefixPattern.exec(ctx.path)?.[1] ?? '') ?? (ownPattern.test(ctx.path) ? undefined : atRoot);
    return serve === undefined ? next() : serve(ctx as Context, next);
  };
}

interface Surroundings {
  readonly deps: DialectDeps;
  readonly verify: AccessTokenVerifier | undefined;
  readonly log: Logger;
}

type Handler = (ctx: Context, next: () => Promise<unknown>) => Promise<void>;

function mounted(dialect: Dialect, prefix: string, { deps, verify, log }: Surroundings): Handler {
  const router: Routes = new Router<State>({ prefix, sensitive: true });
  const guarded =
    (answer: (ctx: Context) => Promise<void>, invalid?: InvalidTexts): Handler =>
    async (ctx) => {
      try {
        await answer(ctx);
      } catch (error) {
        answerFailure(ctx, error, { dialect, invalid, log });
      }
    };
  for (const route of dialect.routes) {
    const answer = async (ctx: Context): Promise<void> => {
      await authenticate(ctx, route, { dialect, verify });
      const body = route.method === 'GET' ? {} : await readJsonBody(ctx.req);
      const data = await route.answer({ ctx, deps }, new DialectRequest(ctx, body, deps.tokens));
      send(ctx, 200, route.isBare ? (data as object) : dialect.success(data));
    };
    router.register(route.path, [route.method], guarded(answer, route.invalid));
  }
  const routes = router.routes();
  const unrouted = guarded(async (ctx) => answerUnrouted(ctx));
  return async (ctx) => {
    await routes(ctx, () => unrouted(ctx, nobody));
  };
}

const nobody = async (): Promise<void> => undefined;

/** Finds out who calls, where it matters and members have to show it. */
async function authenticate(
  ctx: Context,
  { isOpen }: DialectRoute,
  { dialect, verify }: { dialect: Dialect; verify: AccessTokenVerifier | undefined },
): Promise<void> {
  if (isOpen || verify === undefined) {
    return;
  }
  const token = accessTokenOf(ctx, dialect);
  if (token === undefined) {
    throw new WebError('ACCESS_TOKEN_MISSING', 'this call needs an access token: X-Forwarded-Access-Token: …');
  }
  ctx.state.member = await verify(token);
}

function accessTokenOf({ req }: Context, { accessTokenHeaders }: Dialect): string | undefined {
  const tokens = accessTokenHeaders.map((name) => {
    const value = req.headers[name];
    const text = value === undefined ? undefined : String(value);
    return name === 'authorization' ? bearerOf(text) : text;
  });
  return tokens.find((token) => token !== undefined);
}

interface FailureOptions {
  readonly dialect: Dialect;
  readonly invalid: InvalidTexts | undefined;
  readonly log: Logger;
}

function answerFailure(ctx: Context, error: unknown, { dialect, invalid, log }: FailureOptions): void {
  const problem = problemFrom(error);
  const refusal = refusalOf(problem.body, dialect, invalid);
  const { method, path, req } = ctx;
  logFailure(log, { ...ctx.state, method, path, gone: req.socket.destroyed }, error, refusal.status);
  ctx.remove(replayedHeader);
  send(ctx, refusal.status, dialect.failure(refusal));
  ctx.set(problem.headers);
  if (refusal.status === 401 && !accessTokenReasons.has(refusal.reason)) {
    ctx.set('WWW-Authenticate', dialect.challenge);
  }
}

function refusalOf(body: ProblemBody, { unauthorized }: Dialect, invalid: InvalidTexts | undefined): Refusal {
  const { reason, status, detail } = body;
  if (unauthorized !== undefined && tokenReasons.has(reason)) {
    return { reason, status: 401, message: unauthorized };
  }
  if (reason === 'INTERNAL') {
    return { reason, status, message: 'Internal server error' };
  }
  return { reason, status, message: textOfRow(body, invalid) ?? detail };
}

/** What the row says of its wrong fields, where a field of it is wrong. */
function textOfRow({ reason, violations = [] }: ProblemBody, invalid: InvalidTexts | undefined): string | undefined {
  const field = violations.find((violation) => !outsideOfRows.has(violation.field))?.field;
  if (reason !== 'REQUEST_INVALID' || field === undefined) {
    return undefined;
  }
  return typeof invalid === 'string' ? invalid : invalid?.[field];
}
