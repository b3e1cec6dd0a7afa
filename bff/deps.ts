import type { Client } from '@connectrpc/connect';
import type { InventoryAdminService, InventoryService } from '@boxoffice/proto/inventory';
import type { LedgerService } from '@boxoffice/proto/ledger';
import type { QueueAdminService, QueueService } from '@boxoffice/proto/queue';
import type { PositionStreams } from './position-streams.ts';
import type { Positions } from './positions.ts';
import type { QueueTokens } from './queue-token.ts';

/** What the routes need. */
export interface Deps {
  readonly queue: Client<typeof QueueService>;
  readonly queueAdmin: Client<typeof QueueAdminService>;
  readonly inventory: Client<typeof InventoryService>;
  readonly inventoryAdmin: Client<typeof InventoryAdminService>;
  readonly ledger: Client<typeof LedgerService>;
  readonly tokens: QueueTokens;
  readonly positions: Positions;
  readonly streams: PositionStreams;
}
