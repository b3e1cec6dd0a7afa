import { isIPv6 } from 'node:net';
import { join } from 'node:path';

import { serviceNames, type LocalKeys, type ServiceName } from './keys.ts';
import type { PortRequest } from './ports.ts';
import { grpcProbe, httpProbe } from './probe.ts';
import { root, type Settings } from './settings.ts';
import type { Program } from './supervisor.ts';

/** One instance of a program. */
export interface Instance {
  /** `worker`, `worker-2`, … */
  readonly name: string;
  readonly service: ServiceName;
  /** The variable that says where it listens. */
  readonly variable: string;
  readonly port: number;
  /** Where it tells operators how it is; undefined when nobody asked for that. */
  readonly operationsPort?: number | undefined;
  /** Where it listens too, together with the others of its kind. */
  readonly sharedPort?: number | undefined;
}

/** What the programs share. */
export interface Surroundings {
  readonly environment: NodeJS.ProcessEnv;
  readonly settings: Settings;
  readonly keys: LocalKeys;
  readonly ticketKeys: { readonly signingKeyFile: string; readonly publicKeyFile: string };
  /** Of the embedded PostgreSQL, if it is there. */
  readonly databaseUrl: string | undefined;
  /** Other files to run than the programs' own, by the names of instances: for tests. */
  readonly mains?: Readonly<Record<string, string>>;
}

const variables = {
  queue: 'QUEUE_PORT',
  inventory: 'INVENTORY_PORT',
  ledger: 'LEDGER_PORT',
  worker: 'WORKER_PORT',
  bff: 'PORT',
} as const satisfies Record<ServiceName, string>;

const mains = {
  queue: 'services/queue/main.ts',
  inventory: 'services/inventory/main.ts',
  ledger: 'services/ledger/main.ts',
  worker: 'worker/main.ts',
  bff: 'bff/main.ts',
} as const satisfies Record<ServiceName, string>;

/** How many of each program. */
export type Replicas = Partial<Record<ServiceName, number>>;

// Of what Node runs on, and a person may have, only Linux lets processes share a port and spreads what comes over them.
const canShare = process.platform === 'linux';

/** The port that all BFFs share, when there are several: the one that a single BFF would have. */
export function sharedPortOf({ port }: Settings, { bff = 1 }: Replicas): PortRequest | undefined {
  return bff > 1 && canShare ? { variable: variables.bff, port } : undefined;
}

/** What is to run, with the ports that were asked for: the first of each where the settings say, the others anywhere. */
export function instancesOf(settings: Settings, replicas: Replicas): (Instance & PortRequest)[] {
  const { queuePort, inventoryPort, ledgerPort, workerPort } = settings;
  const port = sharedPortOf(settings, replicas) === undefined ? settings.port : 0;
  const ports = { queue: queuePort, inventory: inventoryPort, ledger: ledgerPort, worker: workerPort, bff: port };
  return serviceNames.flatMap((service) =>
    Array.from({ length: replicas[service] ?? 1 }, (_, index) => ({
      name: index === 0 ? service : `${service}-${index + 1}`,
      service,
      variable: variables[service],
      port: index === 0 ? ports[service] : 0,
    })),
  );
}

/** The ports for operators, in the order of the instances: from OPERATIONS_PORT upwards, or free ones for 0; none without. */
export function operationsPortsOf(
  { operationsPort: first }: Pick<Settings, 'operationsPort'>,
  instances: readonly Instance[],
): PortRequest[] {
  if (first === undefined) return [];
  return instances.map((_, index) => ({ variable: 'OPERATIONS_PORT', port: first === 0 ? 0 : first + index }));
}

/** Where a program on this machine reaches one that listens on the host. */
export function reachable(host: string): string {
  if (host === '0.0.0.0' || host === '::') return '127.0.0.1';
  return isIPv6(host) ? `[${host}]` : host;
}

/** The gRPC target of all instances of a service. */
export function targetOf(host: string, instances: readonly Instance[], service: ServiceName): string {
  const addresses = instances
    .filter((instance) => instance.service === service)
    .map(({ port }) => `${reachable(host)}:${port}`);
  // Several addresses in one target are possible for numbers only.
  return addresses.length === 1 ? (addresses[0] ?? '') : `ipv4:${addresses.join(',')}`;
}

/** The instances as programs to supervise. */
export function programsOf(instances: readonly Instance[], surroundings: Surroundings): Program[] {
  const shared = sharedEnvironment(instances, surroundings);
  const { keys, ticketKeys, settings } = surroundings;
  return instances.map(({ name, service, variable, port, operationsPort, sharedPort }) => {
    const address = `${reachable(settings.host)}:${port}`;
    return {
      name,
      main: surroundings.mains?.[name] ?? join(root, mains[service]),
      env: {
        ...shared,
        [variable]: String(port),
        SERVICE_KEY: keys.services[service],
        ...(operationsPort !== undefined && { OPERATIONS_PORT: String(operationsPort) }),
        ...(sharedPort !== undefined && { SHARED_PORT: String(sharedPort) }),
        ...(service === 'queue' && { TICKET_SIGNING_KEY_FILE: ticketKeys.signingKeyFile }),
      },
      probe: service === 'bff' ? httpProbe(`http://${address}/readyz`) : grpcProbe(address),
    };
  });
}

function sharedEnvironment(instances: readonly Instance[], surroundings: Surroundings): NodeJS.ProcessEnv {
  const { environment, settings, ticketKeys, databaseUrl } = surroundings;
  const address = (service: ServiceName): string => targetOf(settings.host, instances, service);
  const shared: NodeJS.ProcessEnv = {
    ...environment,
    HOST: settings.host,
    LOG_LEVEL: settings.logLevel,
    AUTH_MODE: settings.authMode,
    KEYRING_FILE: settings.keyringFile,
    TICKET_PUBLIC_KEY_FILE: ticketKeys.publicKeyFile,
    QUEUE_ADDRESS: address('queue'),
    INVENTORY_ADDRESS: address('inventory'),
    LEDGER_ADDRESS: address('ledger'),
    WORKER_ADDRESS: address('worker'),
    // Compiled code is kept from one start to the next.
    NODE_COMPILE_CACHE: environment['NODE_COMPILE_CACHE'] ?? join(settings.home, 'compiled'),
    ...(databaseUrl !== undefined && { DATABASE_URL: databaseUrl }),
  };
  delete shared['TICKET_SIGNING_KEY_FILE']; // The Queue's alone.
  return shared;
}
