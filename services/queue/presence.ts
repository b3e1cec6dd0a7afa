import type { Pool } from '@boxoffice/runtime/database/pool';
import { transaction } from '@boxoffice/runtime/database/transaction';

import { avoidSequentialScans } from './sql/avoid-sequential-scans.ts';
import { prunePresence, pruneReporters } from './sql/prune-presence.ts';
import { notePresence, noteReporter } from './sql/note-presence.ts';

/**
 * How its members reach a reporter: `front` are the BFFs, in front of the house's own members; `direct` are the programs that
 * a partner's members reach themselves.
 */
export type PresenceChannel = 'front' | 'direct';

/** How long a reporter may be silent before it counts as gone, and its members as unknown. */
export const reporterSilenceMsMax = 20_000;

/** A waiting ticket that has been seen. */
export interface SeenTicket {
  readonly scheduleId: bigint;
  readonly number: bigint;
}

/** Stores a report: who has been seen, and that the reporter lives. The sign of life comes last, so that it covers them. */
export async function reportPresence(
  pool: Pool,
  reporter: { readonly id: string; readonly channel: PresenceChannel },
  seen: readonly SeenTicket[],
): Promise<void> {
  if (seen.length > 0) {
    await notePresence.run(pool, [seen.map(({ scheduleId }) => scheduleId), seen.map(({ number }) => number)]);
  }
  await noteReporter.run(pool, [reporter.id, reporter.channel, reporterSilenceMsMax]);
}

/** Forgets the presence of tickets that do not wait any more; returns how many, call again while that is the limit. */
export async function forgetPresence(pool: Pool, limit = 10_000): Promise<number> {
  await pruneReporters.run(pool, []);
  return transaction(pool, async (client) => {
    await avoidSequentialScans.run(client, []);
    return prunePresence.run(client, [limit]);
  });
}
