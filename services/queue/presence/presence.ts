import type { Pool } from '@boxoffice/runtime/database/pool';
import { transaction } from '@boxoffice/runtime/database/transaction';

import { avoidSequentialScans } from '../sql/avoid-sequential-scans.ts';
import { prunePresence, pruneReporters } from '../sql/prune-presence.ts';

/**
 * How its members reach a reporter: `front` are the BFFs, in front of the house's own members; `direct` are the programs that
 * a partner's members reach themselves.
 */
export type PresenceChannel = 'front' | 'direct';

/** How long a reporter may be silent before it counts as gone, and its members as unknown. */
export const reporterSilenceMsMax = 20_000;

/** Forgets in the table the presence of tickets that do not wait any more; returns how many, call again while that is the limit. */
export async function forgetPresence(pool: Pool, limit = 10_000): Promise<number> {
  await pruneReporters.run(pool, []);
  return transaction(pool, async (client) => {
    await avoidSequentialScans.run(client, []);
    return prunePresence.run(client, [limit]);
  });
}
