import { randomUUID } from 'node:crypto';

import type { Client } from '@connectrpc/connect';
import { PositionService } from '@boxoffice/proto/queue';
import type { WaitingRoom } from '@boxoffice/queue/test/waiting-room';
import { until } from '@boxoffice/queue/test/until';
import type { App } from '@boxoffice/runtime/program';
import type { Telemetry } from '@boxoffice/runtime/telemetry/telemetry';

import { createApp } from '../app.ts';

export { until };

/** Where nothing listens: a worker has to do without an Inventory and a Ledger. */
export const nowhere = '127.0.0.1:9';

/** Variables for a worker of this room: quick, and with nobody behind it. */
export function workerEnv(room: WaitingRoom): NodeJS.ProcessEnv {
  return {
    WORKER_PORT: '0',
    SERVICE_KEY: room.key('worker'),
    INVENTORY_ADDRESS: nowhere,
    LEDGER_ADDRESS: nowhere,
    TICK_INTERVAL_MS: '20',
    POLL_INTERVAL_MS: '20',
  };
}

/** Starts a worker in this process. */
export function startWorker(room: WaitingRoom, env: NodeJS.ProcessEnv = {}, telemetry?: Telemetry): Promise<App> {
  return room.start(createApp, { ...workerEnv(room), ...env }, telemetry);
}

/** The positions that a worker streams, as somebody sees them. */
export function positions(
  room: WaitingRoom,
  address: string,
  caller: 'bff' | 'house' | 'acme' | 'operator' = 'bff',
): Client<typeof PositionService> {
  return room.client(PositionService, address, caller);
}

/** Lets so many join at once; gives their tokens in the order of their numbers. */
export async function joinTogether(room: WaitingRoom, scheduleId: bigint, count: number): Promise<string[]> {
  const instances = room.addresses.length;
  const joined = await Promise.all(
    Array.from({ length: count }, (_, index) =>
      room.queue('bff', index % instances).join({ scheduleId, memberId: randomUUID() }),
    ),
  );
  const numberOf = (index: number): bigint => joined[index]?.ticket?.number ?? 0n;
  const order = joined.map((_, index) => index).sort((a, b) => Number(numberOf(a) - numberOf(b)));
  return order.map((index) => joined[index]?.token ?? '');
}
