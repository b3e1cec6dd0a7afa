import { liveAnswer } from '../answers/live.ts';
import { reading, type Context, type Routes } from '../request/context.ts';
import type { Deps } from '../deps.ts';
import { idOf } from '../request/parameters.ts';
import { present, send } from '../answers/send.ts';

/** How a date is doing, to be asked for every second. For operators. */
export function adminLiveRoutes(routes: Routes, deps: Deps): void {
  routes.get('/v1/admin/schedules/:id/live', getLive(deps));
}

function getLive({ queueAdmin, inventory, inventoryAdmin, ledgerAdmin, traffic }: Deps) {
  return async (ctx: Context): Promise<void> => {
    const scheduleId = idOf(ctx);
    const options = reading(ctx);
    const [{ schedule }, { queue }, seats, sales] = await Promise.all([
      inventory.getSchedule({ scheduleId }, options),
      queueAdmin.getQueue({ scheduleId }, options),
      inventoryAdmin.countSeats({ scheduleId }, options),
      ledgerAdmin.getSales({ scheduleId }, options),
    ]);
    send(ctx, 200, liveAnswer({ schedule: present(schedule), queue: present(queue), seats, sales, traffic }));
  };
}
