import type { Client } from '@connectrpc/connect';
import type { InventoryService } from '@boxoffice/proto/inventory';
import type { LedgerService } from '@boxoffice/proto/ledger';
import { AbsenceSweep } from '@boxoffice/queue/presence/absence';
import { tick } from '@boxoffice/queue/admission';
import { forgetChanges } from '@boxoffice/queue/change-log';
import { emptyClosedQueues } from '@boxoffice/queue/closing';
import { writeDrawnPlaces } from '@boxoffice/queue/lobby/drawn-places';
import { forgetPresence } from '@boxoffice/queue/presence/presence';
import type { PresenceStore } from '@boxoffice/queue/presence/presence-store';
import type { QueueWakeUps } from '@boxoffice/queue/wake-ups';
import type { Pool } from '@boxoffice/runtime/database/pool';
import { sweepRequests } from '@boxoffice/runtime/database/requests';
import type { EventRelay } from '@boxoffice/runtime/events/relay';
import type { Logger } from '@boxoffice/runtime/log';

import type { Loop } from './loop.ts';
import type { TraceTick } from './tick-traces.ts';

/** What the loops work with. */
export interface LoopDeps {
  readonly pool: Pool;
  readonly inventory: Client<typeof InventoryService>;
  readonly ledger: Client<typeof LedgerService>;
  readonly log: Logger;
  readonly wakeUps: QueueWakeUps;
  /** Where sightings are kept that are not in PostgreSQL. */
  readonly presenceStore: PresenceStore | undefined;
  /** Of the Queue. */
  readonly events: EventRelay;
  readonly traceTick: TraceTick;
  readonly tickIntervalMs: number;
  readonly resumeIntervalMs: number;
  readonly changeRetentionMs: number;
}

const changesBatch = 5_000;
const presenceBatch = 10_000;
const requestsBatch = 1_000;
/** What the contract promises to who tries again. */
const requestsKeptSeconds = 72 * 3_600;
const holdsBatch = 500;
const paymentsBatch = 20;
/** Of tickets to end, and of events. */
const ledgerBatch = 500;
/** How long an event waits for its place in the order, unless somebody watches. */
const eventsIntervalMs = 1_000;
const eventsBatch = 1_000;
/** A batch of payments that each wait for a slow Inventory. */
const paymentsTimeoutMs = 20_000;

/**
 * All that a worker does on its own account. Each loop goes its own way: what is away for one does not stop the others. A
 * payment that was left standing is looked at every 3 s by default, so that none stands for 15.
 */
export function loops(deps: LoopDeps): Loop[] {
  const { pool, inventory, ledger, log, wakeUps, tickIntervalMs, changeRetentionMs } = deps;
  const onChanged = (scheduleId: bigint): void => wakeUps.changed(scheduleId);
  const absence = new AbsenceSweep(pool, { store: deps.presenceStore, onLeft: onChanged });
  return [
    {
      name: 'admission',
      intervalMs: tickIntervalMs,
      run: async (signal) => {
        const onFailure = (scheduleId: bigint, err: unknown): void =>
          log.warn({ scheduleId: String(scheduleId), err }, 'queue not ticked');
        await tick(pool, { signal, onChanged, onFailure, around: deps.traceTick });
        return false;
      },
    },
    {
      name: 'absence',
      intervalMs: 1_000,
      run: async (signal) => {
        await absence.sweep(signal);
        return false;
      },
    },
    {
      name: 'closed queues',
      intervalMs: 1_000,
      run: async (signal) => (await emptyClosedQueues(pool, signal, onChanged)) > 0,
    },
    {
      name: 'change log',
      intervalMs: 10_000,
      run: async () => (await forgetChanges(pool, changeRetentionMs, changesBatch)) === changesBatch,
    },
    { name: 'drawn orders', intervalMs: 1_000, run: () => writeDrawnPlaces(pool) },
    {
      name: 'presence',
      intervalMs: 60_000,
      run: async () => (await forgetPresence(pool, presenceBatch)) === presenceBatch,
    },
    {
      name: 'requests',
      intervalMs: 60_000,
      run: async () => (await sweepRequests(pool, requestsKeptSeconds, requestsBatch)) === requestsBatch,
    },
    {
      name: 'expired holds',
      intervalMs: 1_000,
      run: async (signal) => {
        const { swept } = await inventory.sweepExpiredHolds({ limit: holdsBatch }, { signal });
        return swept >= holdsBatch;
      },
    },
    {
      name: 'payments',
      intervalMs: deps.resumeIntervalMs,
      run: async (signal) => {
        const options = { signal, timeoutMs: paymentsTimeoutMs };
        const { resumed, finished } = await ledger.resumePayments({ limit: paymentsBatch }, options);
        return resumed >= paymentsBatch && finished > 0;
      },
    },
    {
      name: 'queue events',
      intervalMs: eventsIntervalMs,
      run: async () => (await deps.events.run(eventsBatch)) >= eventsBatch,
    },
    {
      name: 'inventory events',
      intervalMs: eventsIntervalMs,
      run: async (signal) => {
        const { ordered } = await inventory.relayOutbox({ limit: eventsBatch }, { signal });
        return ordered >= eventsBatch;
      },
    },
    {
      name: 'ledger outbox',
      intervalMs: eventsIntervalMs,
      run: async (signal) => {
        const { delivered, ordered } = await ledger.relayOutbox({ limit: ledgerBatch }, { signal });
        return delivered >= ledgerBatch || ordered >= ledgerBatch;
      },
    },
  ];
}
