import type { Server } from '@grpc/grpc-js';
import { HealthImplementation, type ServingStatusMap } from 'grpc-health-check';
import type { Logger } from 'pino';
import type { RpcLimits } from './limits.ts';

/** What the health of a server depends on. */
export interface HealthOptions {
  /** The services that are served. */
  readonly services: readonly string[];
  /** Throws when something that the services need is away. */
  readonly ready: (() => Promise<void>) | undefined;
  readonly log: Logger;
  readonly limits: Pick<RpcLimits, 'healthIntervalMs' | 'healthTimeoutMs'>;
}

/** The `grpc.health.v1` of a server: of each service, and of all of them under the empty name. */
export interface Health extends AsyncDisposable {
  /** Says whether a service serves; the empty name is the server as a whole. */
  setServing(service: string, serving: boolean): void;
  /** Looks at what the services depend on; from then on looks again and again. */
  start(): Promise<void>;
  /** Nothing is said to serve any more. */
  drain(): void;
  /** What the services depend on is there, and the server does not drain. */
  isReady(): boolean;
}

/** Adds `grpc.health.v1` to a server. Until it has been started, nothing serves. */
export function addHealth(server: Pick<Server, 'addService'>, options: HealthOptions): Health {
  const { ready, log, limits } = options;
  const serving = new Map(['', ...options.services].map((service) => [service, true]));
  const initial: ServingStatusMap = Object.fromEntries([...serving.keys()].map((name) => [name, 'NOT_SERVING']));
  const implementation = new HealthImplementation(initial);
  // List is left out: the access table does not know it, and reflection lists the services.
  implementation.addToServer({
    addService: (definition, { list: _list, ...others }) => server.addService(definition, others),
  });

  let state: 'starting' | 'ready' | 'away' | 'draining' = 'starting';
  let timer: NodeJS.Timeout | undefined;
  let looking = Promise.resolve();

  function publish(): void {
    for (const [service, on] of serving) {
      implementation.setStatus(service, on && state === 'ready' ? 'SERVING' : 'NOT_SERVING');
    }
  }

  function enter(next: 'ready' | 'away', fault?: unknown): void {
    if (state === next || state === 'draining') {
      return;
    }
    if (next === 'away') {
      log.warn({ err: fault }, 'not serving: something the services need is away');
    } else if (state === 'away') {
      log.info('serving again');
    }
    state = next;
    publish();
  }

  async function look(): Promise<void> {
    try {
      await within(limits.healthTimeoutMs, ready?.());
      enter('ready');
    } catch (fault) {
      enter('away', fault);
    }
    if (state !== 'draining' && ready !== undefined) {
      timer = setTimeout(() => {
        looking = look();
      }, limits.healthIntervalMs).unref();
    }
  }

  return {
    setServing(service, on) {
      serving.set(service, on);
      publish();
    },
    start: () => (looking = look()),
    isReady: () => state === 'ready',
    drain() {
      state = 'draining';
      clearTimeout(timer);
      publish();
    },
    async [Symbol.asyncDispose]() {
      this.drain();
      await looking;
    },
  };
}

async function within(timeoutMs: number, work: Promise<void> | undefined): Promise<void> {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error(`no answer within ${timeoutMs} ms`)), timeoutMs);
  try {
    await Promise.race([work, promise]);
  } finally {
    clearTimeout(timer);
  }
}
