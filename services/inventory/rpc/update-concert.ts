import { create } from '@bufbuild/protobuf';
import type { ServiceImpl } from '@connectrpc/connect';
import {
  UpdateConcertRequestSchema,
  UpdateConcertResponseSchema,
  type Concert,
  type InventoryAdminService,
  type UpdateConcertRequest,
} from '@boxoffice/proto/inventory';
import { recordAction } from '@boxoffice/runtime/database/actions';
import { once } from '@boxoffice/runtime/database/requests';
import type { PoolClient } from '@boxoffice/runtime/database/transaction';
import { identityOf } from '@boxoffice/runtime/identity';
import { responseOf } from '@boxoffice/runtime/replay';

import { concertMessage, concertUnknown } from '../catalog.ts';
import type { Deps } from '../deps.ts';
import { updateConcert as update } from '../sql/update-concert.ts';

export const updateConcert =
  ({ pool, catalog }: Deps): ServiceImpl<typeof InventoryAdminService>['updateConcert'] =>
  async (request, context) => {
    const asked = {
      requestId: request.requestId,
      partner: identityOf(context).partner,
      memberId: '',
      operation: 'UpdateConcert',
      request,
      requestSchema: UpdateConcertRequestSchema,
      responseSchema: UpdateConcertResponseSchema,
    };
    const updated = await once(pool, asked, async (client) => {
      const concert = await change(client, request);
      await recordAction(client, context, request, { kind: 'concerts', id: request.concertId, field: 'concertId' });
      return create(UpdateConcertResponseSchema, { concert });
    });
    await catalog.concertChanged(request.concertId);
    return responseOf(context, updated);
  };

async function change(client: PoolClient, request: UpdateConcertRequest): Promise<Concert> {
  const { concertId, name, description, venue, updateMask } = request;
  const named = new Set(updateMask?.paths);
  const row = await update.maybe(client, [
    concertId,
    named.has('name') ? name : null,
    named.has('description') ? description : null,
    named.has('venue') ? venue : null,
  ]);
  if (!row) throw concertUnknown(concertId);
  return concertMessage({ ...row, createdAt: row.created_at });
}
