import type { Seat } from '@boxoffice/proto/inventory';
import { seatAnswer } from '../answers/catalogue.ts';
import { reading, type Context, type Routes } from '../context.ts';
import type { Deps } from '../deps.ts';
import { idOf } from '../parameters.ts';
import { send } from '../send.ts';

const pageSize = 1_000;
// A date has at most 20,000 seats.
const pagesMax = 20;

/** The seats of a date, for who is admitted. */
export function seatRoutes(routes: Routes, deps: Deps): void {
  routes.get('/v1/schedules/:id/seats', listSeats(deps));
}

function listSeats({ inventory, tokens }: Deps) {
  return async (ctx: Context): Promise<void> => {
    const scheduleId = idOf(ctx);
    const { text: token } = tokens.forSchedule(ctx, scheduleId);
    const options = reading(ctx);
    const seats: Seat[] = [];
    for (let read = 0, pageToken = ''; read === 0 || pageToken !== ''; read++) {
      if (read === pagesMax) {
        throw new Error(`schedule ${scheduleId} has more than ${pagesMax * pageSize} seats`);
      }
      const response = await inventory.listSeats({ token, scheduleId, pageSize, pageToken }, options);
      seats.push(...response.seats);
      pageToken = response.nextPageToken;
    }
    send(ctx, 200, seats.map(seatAnswer));
  };
}
