import type { IncomingMessage, ServerResponse } from 'node:http';
import { createClient, type Transport } from '@connectrpc/connect';
import { InventoryAdminService, InventoryService } from '@boxoffice/proto/inventory';
import { LedgerAdminService, LedgerService } from '@boxoffice/proto/ledger';
import { PositionService, QueueAdminService, QueueService } from '@boxoffice/proto/queue';
import { createTicketVerifier } from '@boxoffice/proto/ticket-token';
import { LiveBoards } from '@boxoffice/queue/position-board';
import { grpcTransport } from '@boxoffice/runtime/grpc/transport';
import type { App, ProgramContext } from '@boxoffice/runtime/program';
import { openRedis } from '@boxoffice/runtime/redis/connection';
import { openWakeUps } from '@boxoffice/runtime/redis/wake-ups';
import { createAccessTokenVerifier, type AccessTokenVerifier } from './access-token.ts';
import { Admissions } from './admissions.ts';
import { CatalogueAnswers } from './catalogue/catalogue-answers.ts';
import { ChargeGroups } from './charge-groups.ts';
import { readBffConfig, type Config } from './config.ts';
import { serveDialects } from './dialects/mount.ts';
import { publicRpcs } from './connect/public-rpcs.ts';
import { createRpcServer } from './connect/rpc-server.ts';
import { createFastLane } from './fast-lane/fast-lane.ts';
import { startHttpServer } from './http-server.ts';
import { JoinGroups } from './join-groups.ts';
import { JoinLimits } from './join-limits.ts';
import { answerProblem } from './middleware.ts';
import { ownKeyFaults } from './own-key.ts';
import { PositionStreams } from './position-streams.ts';
import { Positions } from './positions.ts';
import { Presence } from './presence.ts';
import { QueueTokens } from './queue-token.ts';
import { Readiness } from './readiness.ts';
import { allRoutes } from './routes/index.ts';
import { Traffic } from './traffic.ts';
import { SeatLists } from './seat-list.ts';
import { LiveSeatMaps } from './seat-maps/live-seat-maps.ts';
import { OwnWrites } from './seat-maps/own-writes.ts';
import { SeatStreams } from './seat-maps/seat-streams.ts';
import { StreamRoom } from './stream-room.ts';
import { createWeb } from './web.ts';

// A token in use is checked once. Half a kilobyte each.
const cachedTokensMax = 262_144;

/** Starts the BFF. Needs none of the parts behind it to start: until they are there, it answers 503. */
export async function createApp({ env, log }: ProgramContext): Promise<App> {
  const config = readBffConfig(env);
  if (config.authMode === 'open') {
    log.warn('AUTH_MODE=open: every memberId is believed. For development only.');
  }
  await using stack = new AsyncDisposableStack();
  const ownWrites = new OwnWrites({ note: (...write) => seatMaps.note(...write) });
  const interceptors = [ownWrites.interceptor, ownKeyFaults(log)];
  const connect = (address: string): Transport =>
    stack.use(grpcTransport({ address, key: config.serviceKey, interceptors }));
  const parts = {
    queue: connect(config.queueAddress),
    inventory: connect(config.inventoryAddress),
    ledger: connect(config.ledgerAddress),
    worker: connect(config.workerAddress),
  };
  const queue = createClient(QueueService, parts.queue);
  const boards = stack.use(new LiveBoards({ client: createClient(PositionService, parts.worker), log }));
  const presence = stack.use(new Presence({ queue, log }));
  const positions = new Positions({ boards, queue, presence });
  const room = new StreamRoom(config);
  const streams = new PositionStreams({ positions, boards, log, room });
  presence.include(() => streams.present());
  const verifyTicket = createTicketVerifier(config.ticketPublicKey, { cachedTokensMax });
  const { redisUrl: url, joinsPerMember: perMember, joinsPerAddress: perAddress, joinsWindowSeconds } = config;
  const redis = url === undefined ? undefined : stack.use(openRedis({ url, log, name: 'boxoffice bff' }));
  const wakeUps = stack.use(openWakeUps(redis));
  const { readTimeoutMs, corsOrigins } = config;
  const ledger = createClient(LedgerService, parts.ledger);
  const inventory = createClient(InventoryService, parts.inventory);
  const seatMaps = stack.use(new LiveSeatMaps({ inventory, log }));
  const admissions = new Admissions(queue);
  const seatStreams = new SeatStreams({ maps: seatMaps, boards, admissions, positions, room, log });
  const deps = {
    queue,
    queueAdmin: createClient(QueueAdminService, parts.queue),
    inventory,
    inventoryAdmin: createClient(InventoryAdminService, parts.inventory),
    catalogue: stack.use(new CatalogueAnswers({ wakeUps, readTimeoutMs })),
    ledger,
    ledgerAdmin: createClient(LedgerAdminService, parts.ledger),
    charges: new ChargeGroups({ ledger, timeoutMs: config.writeTimeoutMs }),
    joins: new JoinGroups({ queue, timeoutMs: config.writeTimeoutMs }),
    joinLimits: new JoinLimits({ perMember, perAddress, windowSeconds: joinsWindowSeconds, redis }),
    trustedProxies: config.trustedProxies,
    tokens: new QueueTokens(verifyTicket),
    positions,
    streams,
    traffic: new Traffic(),
    admissions,
    seatLists: new SeatLists({ maps: seatMaps, admissions, inventory }),
    seatStreams,
  };
  const verifyAccess = verifierOf(config);
  const { host, port, connectionsMax, signInUrl, rootDialect: root } = config;
  const routes = allRoutes(deps, { readiness: new Readiness(parts), verify: verifyAccess, signInUrl });
  const dialects = serveDialects(deps, { verify: verifyAccess, root, readTimeoutMs, log });
  const callback = createWeb(routes, { corsOrigins, timeouts: config, dialects, log }).callback();
  // It never rejects: Koa answers what its middleware throws.
  const onion = (req: IncomingMessage, res: ServerResponse): void => void callback(req, res);
  const fail = answerProblem(log);
  const variesByOrigin = corsOrigins.length > 0;
  const fastLane = createFastLane({ ...deps, verifyTicket, verifyAccess, readTimeoutMs, variesByOrigin, onion, fail });
  const draining = new AbortController();
  const rpcs = publicRpcs({ ...deps, seatMaps, draining: draining.signal });
  const rpcServer = createRpcServer({ ...deps, rpcs, verifyAccess, timeouts: config, corsOrigins, log });
  const server = await startHttpServer({
    host,
    port,
    connectionsMax,
    handle: (req, res) => {
      deps.traffic.count(res);
      // What is to be logged of every request, the onion logs.
      const isAnswered = !log.isLevelEnabled('debug') && fastLane(req, res);
      if (!isAnswered && !rpcServer(req, res)) {
        onion(req, res);
      }
    },
  });
  stack.use(server);
  // Ended first: a stream would keep the server from closing.
  stack.use(streams);
  stack.use(seatStreams);
  stack.defer(() => draining.abort());
  const running = stack.move();
  return { address: server.address, [Symbol.asyncDispose]: () => running.disposeAsync() };
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
