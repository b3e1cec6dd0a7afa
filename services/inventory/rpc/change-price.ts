import { create } from '@bufbuild/protobuf';
import type { ServiceImpl } from '@connectrpc/connect';
import {
  ChangePriceRequestSchema,
  ChangePriceResponseSchema,
  type ChangePriceRequest,
  type InventoryAdminService,
} from '@boxoffice/proto/inventory';
import { recordAction } from '@boxoffice/runtime/database/actions';
import { once } from '@boxoffice/runtime/database/requests';
import type { PoolClient } from '@boxoffice/runtime/database/transaction';
import { writeEvent } from '@boxoffice/runtime/events/write-event';
import { refuse } from '@boxoffice/runtime/error';
import { identityOf } from '@boxoffice/runtime/identity';
import { responseOf } from '@boxoffice/runtime/replay';

import { findSchedule, scheduleMessage } from '../catalog.ts';
import type { Deps } from '../deps.ts';
import { changePrice as change } from '../sql/change-price.ts';
import { countPricedSeats } from '../sql/count-priced-seats.ts';
import { touchPrices } from '../sql/touch-prices.ts';

export const changePrice =
  ({ pool, orm, feeds, catalog }: Deps): ServiceImpl<typeof InventoryAdminService>['changePrice'] =>
  async (request, context) => {
    const asked = {
      requestId: request.requestId,
      partner: identityOf(context).partner,
      memberId: '',
      operation: 'ChangePrice',
      request,
      requestSchema: ChangePriceRequestSchema,
      responseSchema: ChangePriceResponseSchema,
    };
    const changed = await once(pool, asked, async (client) => {
      const changed = await changePrices(client, request);
      await recordAction(client, context, request, { kind: 'schedules', id: request.scheduleId, field: 'scheduleId' });
      return create(ChangePriceResponseSchema, { changed });
    });
    feeds.changed(request.scheduleId);
    await catalog.scheduleChanged(scheduleMessage(await findSchedule(orm, request.scheduleId)));
    return responseOf(context, changed);
  };

async function changePrices(client: PoolClient, request: ChangePriceRequest): Promise<number> {
  const { scheduleId, seatIds, section, price } = request;
  if ((await touchPrices.run(client, [scheduleId])) === 0) {
    throw refuse('SCHEDULE_UNKNOWN', `there is no schedule ${scheduleId}`);
  }
  const { count } = await countPricedSeats.one(client, [scheduleId, seatIds, section]);
  if (count < Math.max(seatIds.length, 1)) {
    throw refuse(
      'SEAT_UNKNOWN',
      `schedule ${scheduleId} does not have ${section === '' ? 'these seats' : 'such seats'}`,
    );
  }
  const changed = await change.run(client, [scheduleId, seatIds, section, price]);
  if (changed > 0) await writeEvent.run(client, priceChanged(request, changed));
  return changed;
}

function priceChanged(
  { scheduleId, seatIds, section, price }: ChangePriceRequest,
  changed: number,
): Parameters<typeof writeEvent.run>[1] {
  const which = seatIds.length > 0 ? { seatIds: seatIds.map(Number) } : section === '' ? {} : { section };
  const data = { scheduleId: Number(scheduleId), price: Number(price), changed, ...which };
  return ['boxoffice.inventory.price.changed.v1', `schedules/${scheduleId}`, null, JSON.stringify(data)];
}
