import { Grace } from '@boxoffice/runtime/grace';
import type { App, ProgramContext } from '@boxoffice/runtime/program';
import { noTelemetry } from '@boxoffice/runtime/telemetry/telemetry';
import { createAccessTokenVerifier, type AccessTokenVerifier } from './caller/access-token.ts';
import { readBffConfig, type Config } from './config.ts';
import { openDoors } from './doors.ts';
import { startHttpServer } from './http/http-server.ts';
import { openDeps } from './open-deps.ts';
import { Readiness } from './readiness.ts';
import { measureConnections } from './telemetry/live-gauges.ts';

/** Starts the BFF. Needs none of the parts behind it to start: until they are there, it answers 503. */
export async function createApp({
  env,
  log,
  grace = new Grace(),
  telemetry = noTelemetry,
}: ProgramContext): Promise<App> {
  const config = readBffConfig(env);
  if (config.authMode === 'open') {
    log.warn('AUTH_MODE=open: every memberId is believed. For development only.');
  }
  await using stack = new AsyncDisposableStack();
  const deps = openDeps(config, { log, telemetry }, stack);
  const draining = new AbortController();
  const readiness = new Readiness(deps.parts);
  const verifyAccess = verifierOf(config);
  const handle = openDoors(config, {
    ...{ deps, readiness, verifyAccess, telemetry, log },
    draining: draining.signal,
  });
  const { host, port, sharedPort, connectionsMax } = config;
  const server = await startHttpServer({ host, port, sharedPort, connectionsMax, grace, handle });
  stack.use(server);
  if (telemetry.metrics !== undefined) measureConnections(telemetry.metrics, server);
  // Ended first: a stream would keep the server from closing.
  stack.use(deps.streams);
  stack.use(deps.seatStreams);
  stack.defer(() => draining.abort());
  const running = stack.move();
  return {
    address: server.address,
    // What it needs for some answers may be away: it has others, and says which part it is.
    isReady: () => !readiness.draining,
    drain() {
      readiness.drain();
      server.drain();
    },
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

function verifierOf({
  authMode,
  oidcIssuer,
  oidcAudience,
  oidcJwksUrl,
  oidcAlgorithms,
}: Config): AccessTokenVerifier | undefined {
  if (authMode === 'open' || oidcIssuer === undefined || oidcAudience === undefined || oidcJwksUrl === undefined) {
    return undefined;
  }
  return createAccessTokenVerifier({
    issuer: oidcIssuer,
    audience: oidcAudience,
    jwksUrl: oidcJwksUrl,
    algorithms: oidcAlgorithms,
  });
}
