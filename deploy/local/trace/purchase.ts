import { setTimeout as delay } from 'node:timers/promises';

import type { Traces } from '@boxoffice/runtime/telemetry/traces';
import { SpanKind } from '@opentelemetry/api';

import type { System } from '../system.ts';
import { TracedApi, type Answer } from './traced-api.ts';

/** What is bought, and by whom. */
export interface Sale {
  readonly scheduleId: number;
  readonly memberId: string;
}

const price = 10_000;
const seatsWanted = 2;
const pollMs = 100;
const pollsMax = 100;

/** Enters a date with a few seats, and gives a member what some of them cost. */
export async function prepareSale({ url, keys }: Pick<System, 'url' | 'keys'>, memberId: string): Promise<Sale> {
  const api = new TracedApi(url);
  const operatorKey = keys.operator;
  const concert = await api.call('/admin/concerts', { operatorKey, body: { name: 'One evening' } });
  const schedule = await api.call(`/admin/concerts/${Number(concert['id'])}/schedules`, {
    operatorKey,
    body: { date: '2099-12-24', seatCount: 10, price },
  });
  await api.call('/members', { body: { id: memberId } });
  await api.call(`/members/${memberId}/charges`, { body: { amount: seatsWanted * price } });
  return { scheduleId: Number(schedule['id']), memberId };
}

/**
 * Buys as a page would that traces: all its calls are parts of one trace.
 *
 * @returns the trace's id.
 * @throws Error when a call is refused, or nobody is admitted.
 */
export async function buyTraced(url: string, sale: Sale, traces: Traces): Promise<string> {
  const parent = traces.begin('a purchase', undefined, { kind: SpanKind.INTERNAL });
  if (parent === undefined) throw new Error('nothing is traced');
  await buy(new TracedApi(url, { traces, parent }), sale);
  parent.end();
  return parent.spanContext().traceId;
}

/** Joins, waits until admitted, holds seats and pays. @throws Error when a call is refused, or nobody is admitted. */
export async function buy(api: TracedApi, { scheduleId, memberId }: Sale): Promise<void> {
  const schedule = `/schedules/${scheduleId}`;
  const joined = await api.call(`${schedule}/queue/tickets`, { body: { memberId } });
  const queueToken = String(joined['token']);
  await untilAdmitted(() => api.call(`${schedule}/queue/tickets/me`, { queueToken }));
  const held = await api.call(`${schedule}/reservations`, { queueToken, body: { bestAvailable: seatsWanted } });
  await api.call(`/reservations/${Number(held['id'])}/payment`, { queueToken, body: {} });
}

async function untilAdmitted(poll: () => Promise<Answer>): Promise<void> {
  for (let polls = 0; polls < pollsMax; polls += 1) {
    await delay(pollMs);
    if ((await poll())['status'] === 'ADMITTED') return;
  }
  throw new Error(`not admitted within ${(pollsMax * pollMs) / 1_000} s`);
}
