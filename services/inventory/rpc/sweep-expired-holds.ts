import type { ServiceImpl } from '@connectrpc/connect';
import type { InventoryService } from '@boxoffice/proto/inventory';
import { sweepRequests } from '@boxoffice/runtime/database/requests';
import { transaction } from '@boxoffice/runtime/database/transaction';

import type { Deps } from '../deps.ts';
import { sweepExpiredHolds as sweep } from '../sql/sweep-expired-holds.ts';

const limitDefault = 500;

export const sweepExpiredHolds =
  ({ pool, feeds, requestRetentionSeconds }: Deps): ServiceImpl<typeof InventoryService>['sweepExpiredHolds'] =>
  async ({ limit }) => {
    const limitOrDefault = limit || limitDefault;
    const swept = await transaction(pool, (client) => sweep.rows(client, [limitOrDefault]));
    new Set(swept.map(({ schedule_id: id }) => id)).forEach((id) => feeds.changed(id));
    // Where there is little to sweep there is time to forget old answers.
    if (swept.length < limitOrDefault) await sweepRequests(pool, requestRetentionSeconds);
    return { swept: swept.length };
  };
