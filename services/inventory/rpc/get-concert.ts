import type { ServiceImpl } from '@connectrpc/connect';
import type { InventoryService } from '@boxoffice/proto/inventory';

import { concertMessage, findConcert } from '../catalog.ts';
import type { Deps } from '../deps.ts';

export const getConcert =
  ({ orm }: Deps): ServiceImpl<typeof InventoryService>['getConcert'] =>
  async ({ concertId }) => ({ concert: concertMessage(await findConcert(orm.fork(), concertId)) });
