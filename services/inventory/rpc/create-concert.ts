import { create } from '@bufbuild/protobuf';
import type { ServiceImpl } from '@connectrpc/connect';
import {
  CreateConcertRequestSchema,
  CreateConcertResponseSchema,
  type InventoryAdminService,
} from '@boxoffice/proto/inventory';
import { recordAction } from '@boxoffice/runtime/database/actions';
import { once } from '@boxoffice/runtime/database/requests';
import { writeEvent } from '@boxoffice/runtime/events/write-event';
import { identityOf } from '@boxoffice/runtime/identity';
import { responseOf } from '@boxoffice/runtime/replay';

import { concertMessage } from '../catalog.ts';
import type { Deps } from '../deps.ts';
import { ConcertEntity, type ConcertRecord } from '../entities.ts';

export const createConcert =
  ({ pool, orm, catalog }: Deps): ServiceImpl<typeof InventoryAdminService>['createConcert'] =>
  async (request, context) => {
    const asked = {
      requestId: request.requestId,
      partner: identityOf(context).partner,
      memberId: '',
      operation: 'CreateConcert',
      request,
      requestSchema: CreateConcertRequestSchema,
      responseSchema: CreateConcertResponseSchema,
    };
    const entered = await once(pool, asked, async (client) => {
      const em = await orm.forkIn(client);
      const { name, description, venue } = request;
      const concert = em.create(ConcertEntity, { name, description, venue });
      await em.persist(concert).flush();
      await recordAction(client, context, request, { kind: 'concerts', id: concert.id });
      await writeEvent.run(client, concertCreated(concert));
      return create(CreateConcertResponseSchema, { concert: concertMessage(concert) });
    });
    await catalog.concertEntered();
    return responseOf(context, entered);
  };

function concertCreated({ id, name, venue }: ConcertRecord): Parameters<typeof writeEvent.run>[1] {
  const data = { concertId: Number(id), name, venue };
  return ['boxoffice.inventory.concert.created.v1', `concerts/${id}`, null, JSON.stringify(data)];
}
