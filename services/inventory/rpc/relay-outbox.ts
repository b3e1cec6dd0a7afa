import type { ServiceImpl } from '@connectrpc/connect';
import type { InventoryService } from '@boxoffice/proto/inventory';

import type { Deps } from '../deps.ts';

const limitDefault = 1_000;

export const relayOutbox =
  ({ events, catalogRelay }: Deps): ServiceImpl<typeof InventoryService>['relayOutbox'] =>
  async ({ limit }) => {
    const ordered = await events.relay.run(limit || limitDefault);
    await catalogRelay.run();
    return { ordered };
  };
