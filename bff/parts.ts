import type { Transport } from '@connectrpc/connect';
import { openCertificates } from '@boxoffice/runtime/grpc/certificates';
import { grpcTransport } from '@boxoffice/runtime/grpc/transport';
import type { Logger } from '@boxoffice/runtime/log';
import type { Telemetry } from '@boxoffice/runtime/telemetry/telemetry';
import type { Config } from './config.ts';
import { ownKeyFaults } from './caller/own-key.ts';
import { OwnWrites } from './seat-maps/own-writes.ts';
import type { LiveSeatMaps } from './seat-maps/live-seat-maps.ts';

/** The ways to the four programs behind this one. */
export type Parts = Readonly<Record<'queue' | 'inventory' | 'ledger' | 'worker', Transport>>;

interface PartsOptions {
  /** Is told what is done to seats through this process, whichever door it came in by. */
  readonly seats: Pick<LiveSeatMaps, 'note'>;
  readonly log: Logger;
  readonly telemetry: Telemetry;
}

/** Opens the ways to the other programs. None of them has to be there yet. */
export function openParts(config: Config, { seats, log, telemetry }: PartsOptions, stack: AsyncDisposableStack): Parts {
  const tls = stack.use(openCertificates(config, { log }));
  const interceptors = [new OwnWrites(seats).interceptor, ownKeyFaults(log)];
  const connect = (address: string): Transport =>
    stack.use(grpcTransport({ address, key: config.serviceKey, tls, interceptors, telemetry }));
  return {
    queue: connect(config.queueAddress),
    inventory: connect(config.inventoryAddress),
    ledger: connect(config.ledgerAddress),
    worker: connect(config.workerAddress),
  };
}
