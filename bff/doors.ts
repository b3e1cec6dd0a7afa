import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { Logger } from '@boxoffice/runtime/log';
import type { Telemetry } from '@boxoffice/runtime/telemetry/telemetry';
import type { AccessTokenVerifier } from './caller/access-token.ts';
import type { Config } from './config.ts';
import { publicRpcs } from './connect/public-rpcs.ts';
import { createRpcServer } from './connect/rpc-server.ts';
import type { Deps } from './deps.ts';
import { serveDialects } from './dialects/mount.ts';
import { createFastLane } from './fast-lane/fast-lane.ts';
import { answerProblem } from './http/middleware.ts';
import type { Readiness } from './readiness.ts';
import { allRoutes } from './routes/index.ts';
import { HttpObserver } from './telemetry/http-observer.ts';
import { createWeb } from './http/web.ts';

interface DoorsOptions {
  readonly deps: Deps;
  readonly readiness: Readiness;
  readonly verifyAccess: AccessTokenVerifier | undefined;
  /** Aborted when this process ends. */
  readonly draining: AbortSignal;
  readonly telemetry: Telemetry;
  readonly log: Logger;
}

/**
 * The doors that a request can come in by, the quickest first: the fast lane for what a rush consists of, Connect and gRPC-Web
 * by their addresses, and the onion, which answers everything else, dialects and refusals too.
 */
export function openDoors(
  config: Config,
  { deps, readiness, verifyAccess, draining, telemetry, log }: DoorsOptions,
): RequestListener {
  const { corsOrigins, readTimeoutMs, signInUrl, rootDialect: root } = config;
  const routes = allRoutes(deps, { readiness, verify: verifyAccess, signInUrl });
  const dialects = serveDialects(deps, { verify: verifyAccess, root, readTimeoutMs, log });
  const observer = isObserved(telemetry) ? new HttpObserver(telemetry, deps.traffic) : undefined;
  const callback = createWeb(routes, { corsOrigins, timeouts: config, dialects, observer, log }).callback();
  // It never rejects: Koa answers what its middleware throws.
  const onion = (req: IncomingMessage, res: ServerResponse): void => void callback(req, res);
  const fail = answerProblem(log);
  const variesByOrigin = corsOrigins.length > 0;
  const fastLane = createFastLane({ ...deps, verifyAccess, readTimeoutMs, variesByOrigin, onion, fail });
  const rpcs = publicRpcs({ ...deps, draining });
  const rpcServer = createRpcServer({ ...deps, rpcs, verifyAccess, timeouts: config, corsOrigins, observer, log });
  const lane = observer?.lane(fastLane) ?? deps.traffic.counting(fastLane);
  return (req, res) => {
    // What is to be logged of every request, the onion logs.
    if (!log.isLevelEnabled('debug') && lane(req, res)) {
      return;
    }
    if (observer === undefined) {
      deps.traffic.count(res);
    } else {
      observer.begin(req, res);
    }
    if (!rpcServer(req, res)) {
      onion(req, res);
    }
  };
}

function isObserved({ metrics, traces }: Telemetry): boolean {
  return metrics !== undefined || traces !== undefined;
}
