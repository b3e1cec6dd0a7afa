import { create } from '@bufbuild/protobuf';
import { durationMs } from '@bufbuild/protobuf/wkt';
import type { ServiceImpl } from '@connectrpc/connect';
import {
  CreateScheduleRequestSchema,
  CreateScheduleResponseSchema,
  type CreateScheduleRequest,
  type InventoryAdminService,
} from '@boxoffice/proto/inventory';
import { recordAction } from '@boxoffice/runtime/database/actions';
import { once } from '@boxoffice/runtime/database/requests';
import type { PoolClient } from '@boxoffice/runtime/database/transaction';
import { identityOf } from '@boxoffice/runtime/identity';
import { responseOf } from '@boxoffice/runtime/replay';

import { checkDay, invalid, momentOf } from '../calendar.ts';
import { findConcert, findScheduleIn, scheduleMessages } from '../catalog.ts';
import type { Deps } from '../deps.ts';
import { rowsOfCount, rowsOfSections, seatCountDefault, seatsMax, seatsOf, type SeatRowPlan } from '../seat-layout.ts';
import { insertSchedule } from '../sql/insert-schedule.ts';
import { insertSeats } from '../sql/insert-seats.ts';

const holdDurationMsDefault = 300_000;

/** A schedule to be entered, as the request means it. */
interface Plan {
  readonly concertId: bigint;
  readonly day: string;
  readonly opensAt: Date | null;
  readonly closesAt: Date | null;
  readonly holdDurationMs: number;
  readonly rows: readonly SeatRowPlan[];
}

export const createSchedule =
  ({ pool, orm, catalog }: Deps): ServiceImpl<typeof InventoryAdminService>['createSchedule'] =>
  async (request, context) => {
    const plan = planOf(request);
    const asked = {
      requestId: request.requestId,
      partner: identityOf(context).partner,
      memberId: '',
      operation: 'CreateSchedule',
      request,
      requestSchema: CreateScheduleRequestSchema,
      responseSchema: CreateScheduleResponseSchema,
    };
    const entered = await once(pool, asked, async (client) => {
      const em = await orm.forkIn(client);
      await findConcert(em, plan.concertId);
      const id = await enter(client, plan);
      await recordAction(client, context, request, { kind: 'schedules', id });
      const [schedule] = await scheduleMessages(client, [await findScheduleIn(em, id)]);
      return create(CreateScheduleResponseSchema, { schedule });
    });
    const { schedule } = entered.response;
    if (schedule) await catalog.scheduleChanged(schedule);
    return responseOf(context, entered);
  };

function planOf(request: CreateScheduleRequest): Plan {
  const { concertId, date, bookingOpensAt, bookingClosesAt, holdDuration, layout, seatCount, price } = request;
  checkDay('date', date);
  const rows = layout.length > 0 ? rowsOfSections(layout) : rowsOfCount(seatCount || seatCountDefault, price);
  if (seatsOf(rows) > seatsMax) throw invalid('layout', `has ${seatsOf(rows)} seats, of at most ${seatsMax}`);
  return {
    concertId,
    day: date,
    opensAt: bookingOpensAt ? momentOf('booking_opens_at', bookingOpensAt) : null,
    closesAt: bookingClosesAt ? momentOf('booking_closes_at', bookingClosesAt) : null,
    holdDurationMs: holdDuration ? Math.round(durationMs(holdDuration)) : holdDurationMsDefault,
    rows,
  };
}

async function enter(client: PoolClient, plan: Plan): Promise<bigint> {
  const { concertId, day, opensAt, closesAt, holdDurationMs, rows } = plan;
  const seats = seatsOf(rows);
  const entered = await insertSchedule.maybe(client, [concertId, day, opensAt, closesAt, holdDurationMs, seats]);
  if (!entered) throw invalid('booking_opens_at', 'must be earlier than the end of booking');
  const made = await insertSeats.run(client, [
    entered.id,
    rows.map(({ section }) => section),
    rows.map(({ label }) => label),
    rows.map(({ firstNumber }) => firstNumber),
    rows.map((row) => row.seats),
    rows.map(({ price }) => price),
  ]);
  if (made !== seats) throw new Error(`${made} of ${seats} seats were made`);
  return entered.id;
}
