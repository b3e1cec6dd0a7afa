import type { ServiceImpl } from '@connectrpc/connect';
import type { InventoryService } from '@boxoffice/proto/inventory';
import { decodePageToken, encodePageToken } from '@boxoffice/runtime/database/page-token';

import { concertMessage } from '../catalog.ts';
import type { Deps } from '../deps.ts';
import { ConcertEntity } from '../entities.ts';

const pageSizeDefault = 20;
const scope = 'concerts';

export const listConcerts =
  ({ orm }: Deps): ServiceImpl<typeof InventoryService>['listConcerts'] =>
  async ({ pageSize, pageToken }) => {
    const before = decodePageToken(pageToken, { id: 'bigint' }, scope)?.id;
    const size = pageSize || pageSizeDefault;
    const where = before === undefined ? {} : { id: { $lt: before } };
    const found = await orm.fork().find(ConcertEntity, where, { orderBy: { id: 'desc' }, limit: size + 1 });
    const concerts = found.slice(0, size);
    const last = concerts.at(-1);
    const more = found.length > size && last;
    return {
      concerts: concerts.map(concertMessage),
      nextPageToken: more ? encodePageToken({ id: last.id }, scope) : '',
    };
  };
