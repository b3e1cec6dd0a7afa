import type { ServiceImpl } from '@connectrpc/connect';
import type { InventoryService } from '@boxoffice/proto/inventory';
import { decodePageToken, encodePageToken } from '@boxoffice/runtime/database/page-token';
import { identityOf } from '@boxoffice/runtime/identity';

import type { Deps } from '../deps.ts';
import { reservationMessages } from '../reservation.ts';
import { listPendingReservations, listReservations as listReservationsOf } from '../sql/list-reservations.ts';

const pageSizeDefault = 20;
/** Before every id. */
const newest = 2n ** 63n - 1n;

export const listReservations =
  ({ pool }: Deps): ServiceImpl<typeof InventoryService>['listReservations'] =>
  async ({ memberId, pendingOnly, pageSize, pageToken }, context) => {
    const { partner } = identityOf(context);
    const scope = `${pendingOnly ? 'pending ' : ''}reservations of ${partner} ${memberId}`;
    const before = decodePageToken(pageToken, { id: 'bigint' }, scope)?.id ?? newest;
    const size = pageSize || pageSizeDefault;
    const list = pendingOnly ? listPendingReservations : listReservationsOf;
    const found = reservationMessages(await list.rows(pool, [partner, memberId, before, size + 1]));
    const reservations = found.slice(0, size);
    const last = reservations.at(-1);
    const more = found.length > size && last;
    return { reservations, nextPageToken: more ? encodePageToken({ id: last.id }, scope) : '' };
  };
