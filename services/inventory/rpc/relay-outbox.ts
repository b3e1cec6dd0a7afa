import type { ServiceImpl } from '@connectrpc/connect';
import type { InventoryService } from '@boxoffice/proto/inventory';

import type { Deps } from '../deps.ts';

const limitDefault = 1_000;

export const relayOutbox =
  ({ events }: Deps): ServiceImpl<typeof InventoryService>['relayOutbox'] =>
  async ({ limit }) => ({ ordered: await events.relay.run(limit || limitDefault) });
