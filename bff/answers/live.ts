import type { CountSeatsResponse, Schedule } from '@boxoffice/proto/inventory';
import type { GetSalesResponse } from '@boxoffice/proto/ledger';
import type { Queue } from '@boxoffice/proto/queue';
import { jsonInteger } from '../request/json.ts';
import type { Traffic } from '../traffic.ts';
import { scheduleAnswer } from './catalogue.ts';
import { queueAnswer } from './queue.ts';

/** What an operator sees of a date at one moment. */
export interface Live {
  readonly schedule: Schedule;
  readonly queue: Queue;
  readonly seats: CountSeatsResponse;
  readonly sales: GetSalesResponse;
  readonly traffic: Traffic;
}

/** A date with its queue, seats and payments, and what this process has answered. */
export function liveAnswer({ schedule, queue, seats, sales, traffic }: Live) {
  const { open, held, sold } = seats;
  const { reserved, paid, voided, declined, refunding, refunded } = sales;
  return {
    at: new Date().toISOString(),
    schedule: scheduleAnswer(schedule),
    queue: queueAnswer(queue),
    seats: { open, held, sold },
    payments: { reserved, paid, voided, declined, refunding, refunded },
    revenue: jsonInteger(sales.revenue),
    currency: sales.currencyCode,
    process: traffic.process,
    answers: traffic.answers,
    errors: traffic.errors,
  };
}
