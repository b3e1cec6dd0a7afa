import type { ServiceImpl } from '@connectrpc/connect';
import type { InventoryService } from '@boxoffice/proto/inventory';

import type { Deps } from '../deps.ts';

export const getConcert =
  ({ catalog }: Deps): ServiceImpl<typeof InventoryService>['getConcert'] =>
  async ({ concertId }) => ({ concert: await catalog.concert(concertId) });
