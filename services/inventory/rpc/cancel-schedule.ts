import type { ServiceImpl } from '@connectrpc/connect';
import type { InventoryAdminService } from '@boxoffice/proto/inventory';
import { recordAction } from '@boxoffice/runtime/database/actions';
import { transaction } from '@boxoffice/runtime/database/transaction';

import { findSchedule, scheduleMessage, scheduleMessages } from '../catalog.ts';
import type { Deps } from '../deps.ts';
import { awaitHolds, cancelPending, markCancelled } from '../sql/cancel-schedule.ts';

/**
 * Two transactions: after the first no hold begins, and the second finds all that have begun. One that stops between them
 * leaves pending reservations that nobody can pay; cancelling again, or their time, ends them.
 */
export const cancelSchedule =
  ({ pool, orm, feeds, catalog }: Deps): ServiceImpl<typeof InventoryAdminService>['cancelSchedule'] =>
  async (request, context) => {
    const { scheduleId } = request;
    const changed = scheduleMessage(await findSchedule(orm, scheduleId));
    await transaction(pool, async (client) => {
      const marked = await markCancelled.run(client, [scheduleId]);
      const subject = { kind: 'schedules', id: scheduleId, field: 'scheduleId' };
      await recordAction(client, context, request, subject, marked > 0);
    });
    await catalog.scheduleChanged(changed);
    const ended = await transaction(pool, async (client) => {
      await awaitHolds.one(client, [scheduleId]);
      return cancelPending.rows(client, [scheduleId]);
    });
    feeds.changed(scheduleId);
    await catalog.scheduleChanged(changed);
    const [schedule] = await scheduleMessages(pool, [await findSchedule(orm, scheduleId)]);
    return { schedule, cancelledReservations: ended.filter(({ status }) => status === 'CANCELLED').length };
  };
