import type { Socket } from 'node:net';
import { Server, ServerCredentials } from '@grpc/grpc-js';
import type { Logger } from 'pino';
import { access as accessTable } from '@boxoffice/proto/access';
import { createAccessControl, missingFromTable, type AccessTable } from '../access.ts';
import { Grace } from '../grace.ts';
import type { Keyring } from '../keyring.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';
import { compileRules } from '../validation.ts';
import type { CallEnvironment } from './call-context.ts';
import type { FollowedCertificates } from './certificates.ts';
import { addHealth, type Health } from './health.ts';
import { defaultLimits, type RpcLimits } from './limits.ts';
import { listen } from './listen.ts';
import { OpenCalls } from './open-calls.ts';
import { openServices } from './open-service.ts';
import { addReflection } from './reflection.ts';
import { routesOf, type Mounted } from './route.ts';
import { secureConnections } from './secure-connections.ts';
import { CallObserver } from './call-observer.ts';
import { streamHandler } from './stream-call.ts';
import { unaryHandler } from './unary-call.ts';

export { mount, type Mounted } from './route.ts';
export { defaultLimits, type RpcLimits } from './limits.ts';
export { ListenError } from './listen.ts';

/** What a gRPC server is made of. */
export interface RpcServerOptions {
  readonly host: string;
  /** 0 picks a free port. */
  readonly port: number;
  /** The environment variable that sets the port, for the message when it is taken. */
  readonly portVariable?: string;
  readonly services: readonly Mounted[];
  readonly keyring: Keyring;
  readonly log: Logger;
  /** What calls are measured and traced with. Default: nothing. */
  readonly telemetry?: Telemetry;
  /** Who may call what. Default: the table of the contract. */
  readonly access?: AccessTable;
  /** Where these differ from the defaults. */
  readonly limits?: Partial<RpcLimits>;
  /** For TLS, with clients that show a certificate too. Without it the server speaks plain HTTP/2. */
  readonly tls?: FollowedCertificates | undefined;
  /** How long calls in progress may take to finish when the server closes. Default: 3 s. */
  readonly grace?: Grace | undefined;
  /** Throws when something that the services need is away; health says so then. */
  readonly ready?: () => Promise<void>;
}

/** A gRPC server that takes calls. Disposing of it drains it. */
export interface RpcServer extends AsyncDisposable {
  /** `host:port` as bound. */
  readonly address: string;
  readonly port: number;
  /** Overrides the health of a service; the empty name is the server as a whole. */
  setServing(service: string, serving: boolean): void;
  /** What the services need is there, and the server does not drain. */
  readonly isReady: () => boolean;
  /** Says that nothing serves any more, while calls are still taken: until it is disposed. */
  readonly drain: () => void;
}

/**
 * Starts a gRPC server with health and reflection. Each call passes from outside to inside: request log, limits, error
 * mapping, access, validation, handler.
 *
 * @throws ListenError when the port cannot be opened.
 * @throws Error when an RPC is missing from the access table, has no implementation, streams requests, or has broken
 *   validation rules.
 */
export async function startRpcServer(options: RpcServerOptions): Promise<RpcServer> {
  const { services, keyring, log, ready, grace = new Grace(), access: table = accessTable } = options;
  const limits: RpcLimits = { ...defaultLimits, ...options.limits };
  const descriptors = services.map(({ service }) => service);
  const missing = missingFromTable(descriptors, table);
  if (missing.length > 0) {
    throw new Error(`missing from the access table, and so callable by nobody: ${missing.join(', ')}`);
  }
  const calls = new OpenCalls(limits);
  const observer = options.telemetry && new CallObserver(options.telemetry);
  const environment = { access: createAccessControl({ keyring, table, log }), limits, calls, log, observer };

  const server = new Server(channelOptions(limits));
  addRoutes(server, services, environment);
  const open = openServices(server, environment);
  const names = descriptors.map(({ typeName }) => typeName);
  const health = addHealth(open, { services: names, ready, log, limits });
  addReflection(open, descriptors);

  // A listener of our own, since grpc-js tells neither why a port could not be bound nor limits connections.
  const injector = server.createConnectionInjector(ServerCredentials.createInsecure());
  const inject = (socket: Socket): void => injector.injectConnection(socket);
  const secure = options.tls && secureConnections(options.tls, log, inject);
  const listener = await listen({ ...options, connectionsMax: limits.connectionsMax }, secure?.take ?? inject);
  await health.start();

  const stopListening = (): void => {
    listener.server.close();
    secure?.[Symbol.dispose]();
  };
  let closed: Promise<void> | undefined;
  return {
    address: listener.address,
    port: listener.port,
    setServing: (service, serving) => health.setServing(service, serving),
    isReady: () => health.isReady(),
    drain: () => health.drain(),
    [Symbol.asyncDispose]: () => (closed ??= drain({ server, health, calls, grace, stopListening })),
  };
}

function addRoutes(server: Server, services: readonly Mounted[], environment: CallEnvironment): void {
  // Messages stay bytes up to our own code, which reads them after the call was admitted, and says what is wrong.
  const asIs = (bytes: Buffer): Buffer => bytes;
  for (const route of routesOf(services)) {
    compileRules(route.method.input);
    if (route.kind === 'unary') {
      server.register(route.path, unaryHandler(route, environment), asIs, asIs, 'unary');
    } else {
      server.register(route.path, streamHandler(route, environment), asIs, asIs, 'serverStream');
    }
  }
}

interface Draining {
  readonly server: Server;
  readonly health: Health;
  readonly calls: OpenCalls;
  readonly grace: Grace;
  readonly stopListening: () => void;
}

// Says that nothing serves any more, takes no call, ends the streams, lets calls finish, and ends what is left.
async function drain({ server, health, calls, grace, stopListening }: Draining): Promise<void> {
  health.drain();
  stopListening();
  calls.drain();
  const { promise: sessionsClosed, resolve } = Promise.withResolvers<void>();
  server.tryShutdown(() => resolve());
  await calls.empty(grace.leftMs());
  calls.endAll();
  // The last statuses are on their way; a peer that does not take them is not waited for.
  await Promise.race([sessionsClosed, new Promise((done) => setTimeout(done, lastWordsMs).unref())]);
  server.forceShutdown();
  await health[Symbol.asyncDispose]();
}

const lastWordsMs = 1_000;

function channelOptions(limits: RpcLimits): ConstructorParameters<typeof Server>[0] {
  return {
    'grpc.enable_channelz': 0,
    'grpc.max_receive_message_length': limits.requestBytesMax,
    'grpc.max_send_message_length': limits.responseBytesMax,
    'grpc.max_concurrent_streams': limits.callsPerConnectionMax,
    'grpc.keepalive_time_ms': limits.keepaliveIntervalMs,
    'grpc.keepalive_timeout_ms': limits.keepaliveTimeoutMs,
    'grpc.max_connection_idle_ms': limits.connectionIdleMs,
    'grpc.max_connection_age_ms': limits.connectionAgeMaxMs,
    'grpc.max_connection_age_grace_ms': limits.connectionAgeGraceMs,
  };
}
