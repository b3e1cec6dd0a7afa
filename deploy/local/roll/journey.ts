import { setTimeout as delay } from 'node:timers/promises';

import type { Answer, Api, Call } from '../demo/api.ts';
import type { Journal } from '../demo/journal.ts';
import type { Record } from './record.ts';

/** Where journeys lead. */
export interface Road {
  readonly api: Api;
  readonly record: Record;
  readonly journal: Pick<Journal, 'add'>;
}

/** Who buys what. */
export interface Buyer {
  readonly memberId: string;
  readonly scheduleId: number;
}

const pollMs = 150;
const pollsMax = 400;

/**
 * One purchase: joins, polls until admitted, holds the best seat and pays. Calls that came to nothing are made again with the
 * same `Idempotency-Key`, as the page does.
 *
 * @throws Error when it does not end with a seat that is paid: what no client could have mended.
 */
export async function buy(road: Road, { memberId, scheduleId }: Buyer): Promise<void> {
  const { journal } = road;
  const queue = `/schedules/${scheduleId}/queue/tickets`;
  const joined = await expect(road, [200, 201], { method: 'POST', path: queue, body: { memberId } });
  const queueToken = String(joined['token']);
  const number = Number(joined['number']);
  journal.add({ kind: 'ticket', scheduleId, number, memberId });
  await admitted(road, { method: 'GET', path: `${queue}/me`, queueToken }, number);
  const held = await expect(road, [201], {
    method: 'POST',
    path: `/schedules/${scheduleId}/reservations`,
    body: { bestAvailable: 1 },
    queueToken,
  });
  const [reservationId, amount] = [Number(held['id']), Number(held['amount'])];
  journal.add({ kind: 'hold', reservationId, memberId, amount, seats: 1 });
  const paid = await expect(road, [200, 201, 202], {
    method: 'POST',
    path: `/reservations/${reservationId}/payment`,
    body: { amount },
    queueToken,
    retryOn: ['PAYMENT_IN_FLIGHT'],
  });
  const paymentId = Number(paid['id']);
  if (paid['status'] !== 'PAID') await settled(road, { method: 'GET', path: `/payments/${paymentId}`, queueToken });
  journal.add({ kind: 'payment', paymentId, reservationId, memberId, amount });
}

async function admitted(road: Road, call: Call, number: number): Promise<void> {
  for (let polls = 0; polls < pollsMax; polls += 1) {
    await delay(pollMs);
    const ticket = await expect(road, [200], call);
    if (ticket['number'] !== number) throw new Error(`ticket ${number} became ${String(ticket['number'])}`);
    if (ticket['status'] === 'ADMITTED') return;
    if (ticket['status'] !== 'WAITING') throw new Error(`a ticket that waits became ${String(ticket['status'])}`);
  }
  throw new Error(`not admitted after ${(pollsMax * pollMs) / 1_000} s`);
}

async function settled(road: Road, call: Call): Promise<void> {
  for (let polls = 0; polls < pollsMax; polls += 1) {
    const { status } = await expect(road, [200], call);
    if (status === 'PAID') return;
    if (status !== 'RESERVED') throw new Error(`a payment became ${String(status)}`);
    await delay(pollMs);
  }
  throw new Error(`not paid after ${(pollsMax * pollMs) / 1_000} s`);
}

async function expect({ api, record }: Road, statuses: readonly number[], call: Call): Promise<Answer['body']> {
  const beganMs = performance.now();
  const answer = await api.call(call);
  record.now.answersMs.push(performance.now() - beganMs);
  if (statuses.includes(answer.status)) return answer.body;
  const tries = answer.retries === 0 ? '' : ` at try ${answer.retries + 1}`;
  throw new Error(`${call.method} ${call.path}: ${answer.status} ${answer.reason ?? ''}${tries}`);
}
