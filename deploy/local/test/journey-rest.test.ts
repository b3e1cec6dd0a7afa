import { afterAll, beforeAll, expect, test } from '@boxoffice/runtime/testing/tests';

import { startTestSystem, startTimeoutMs, type TestSystem } from './running-system.ts';

let running: TestSystem;
beforeAll(async () => {
  running = await startTestSystem();
}, startTimeoutMs);
afterAll(() => running.stop());

interface Answer<T> {
  readonly status: number;
  readonly body: T;
}

async function call<T = Record<string, unknown>>(
  method: string,
  path: string,
  options: { token?: string; body?: unknown; headers?: Record<string, string> } = {},
): Promise<Answer<T>> {
  const response = await fetch(`${running.system.url}${path}`, {
    method,
    headers: {
      ...(options.token !== undefined && { 'Queue-Token': options.token }),
      ...(options.body !== undefined && { 'Content-Type': 'application/json' }),
      ...options.headers,
    },
    ...(options.body !== undefined && { body: JSON.stringify(options.body) }),
    signal: AbortSignal.timeout(15_000),
  });
  const text = await response.text();
  return { status: response.status, body: (text ? JSON.parse(text) : undefined) as T };
}

interface Position {
  readonly token: string;
  readonly status: string;
  readonly ahead: number;
}

test('a member gets from a queue token to an owned seat, and back to the money, over REST', async () => {
  const concerts = await call<{ concerts?: { id: number }[] }>('GET', '/v1/concerts');
  expect(concerts.status).toBe(200);

  const joined = await call<Position>('POST', '/v1/schedules/1/queue/tickets', { body: { memberId: '1' } });
  expect(joined.status).toBe(201);
  const again = await call<Position>('POST', '/v1/schedules/1/queue/tickets', { body: { memberId: '1' } });
  expect(again).toMatchObject({ status: 200, body: { token: joined.body.token } });
  const { token } = joined.body;
  expect(await eventsUntilAdmitted(token)).toMatchObject({ status: 'ADMITTED', ahead: 0 });

  const seats = await call<{ id: number; status: string }[]>('GET', '/v1/schedules/1/seats', { token });
  expect(seats.body).toHaveLength(50);
  expect(seats.body.every(({ status }) => status === 'OPEN')).toBe(true);
  const wanted = seats.body.slice(4, 6).map(({ id }) => id);

  const held = await call<{ id: number; amount: number }>('POST', '/v1/schedules/1/reservations', {
    token,
    body: { seatIds: wanted },
  });
  expect(held).toMatchObject({ status: 201, body: { status: 'PENDING', amount: 198_000 } });

  const wrong = await call('POST', `/v1/reservations/${held.body.id}/payment`, { token, body: { amount: 1 } });
  expect(wrong).toMatchObject({ status: 422, body: { reason: 'AMOUNT_MISMATCH' } });
  const paid = await call<{ id: number }>('POST', `/v1/reservations/${held.body.id}/payment`, {
    token,
    body: { amount: 198_000 },
  });
  expect(paid).toMatchObject({
    status: 200,
    body: { status: 'PAID', amount: 198_000, reservationId: held.body.id },
  });

  const balance = { status: 200, body: { balance: 802_000, held: 0, currency: 'KRW' } };
  expect(await call('GET', '/v1/members/1/balance')).toMatchObject(balance);
  const over = await call('GET', '/v1/schedules/1/queue/tickets/me', { token });
  expect(over).toMatchObject({ status: 200, body: { status: 'COMPLETED' } });
  const shut = await call('POST', '/v1/schedules/1/reservations', { token, body: { bestAvailable: 1 } });
  expect(shut).toMatchObject({ status: 410, body: { reason: 'TICKET_OVER' } });

  const refunded = await call('POST', `/v1/payments/${paid.body.id}/refund`, { body: {} });
  expect(refunded).toMatchObject({ status: 200, body: { status: 'REFUNDED' } });
  expect(await call('GET', '/v1/members/1/balance')).toMatchObject({ body: { balance: 1_000_000 } });
});

test('an operator creates a date, and steers its queue', async () => {
  const headers = { authorization: `Bearer ${running.system.keys.operator}` };
  const concert = await call<{ id: number }>('POST', '/v1/admin/concerts', { headers, body: { name: 'Test Night' } });
  expect(concert.status).toBe(201);
  const schedule = await call<{ id: number }>('POST', `/v1/admin/concerts/${concert.body.id}/schedules`, {
    headers,
    body: { date: '2099-12-24', seatCount: 10, price: 1_000, queue: { maxActive: 1 } },
  });
  expect(schedule.status).toBe(201);
  const queue = `/v1/admin/schedules/${schedule.body.id}/queue`;
  expect(await call('POST', `${queue}/pause`, { headers })).toMatchObject({ status: 200, body: { state: 'PAUSED' } });
  const changed = await call('PATCH', queue, { headers, body: { maxActive: 2 } });
  expect(changed).toMatchObject({ status: 200, body: { maxActive: 2, state: 'PAUSED', waiting: 0 } });
  expect(await call('POST', `${queue}/resume`, { headers })).toMatchObject({ body: { state: 'OPEN' } });
  expect(await call('POST', `${queue}/close`, { headers })).toMatchObject({ body: { state: 'CLOSED' } });
  expect(await call('GET', queue)).toMatchObject({ status: 401 });
});

/** The first position of the event stream that says ADMITTED. */
async function eventsUntilAdmitted(token: string): Promise<Position | undefined> {
  const response = await fetch(`${running.system.url}/v1/schedules/1/queue/tickets/me/events`, {
    headers: { 'Queue-Token': token },
    signal: AbortSignal.timeout(15_000),
  });
  expect(response.headers.get('content-type')).toContain('text/event-stream');
  let text = '';
  for await (const piece of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
    text += piece;
    const events = text
      .split('\n\n')
      .filter((event) => event.includes('event: position') || event.includes('event:position'));
    const positions = events.flatMap((event) => /^data: ?(.*)$/m.exec(event)?.[1] ?? []).map((data) => parsed(data));
    const admitted = positions.find((position) => position?.status === 'ADMITTED');
    if (admitted) return admitted;
  }
  return undefined;
}

/** Undefined while the rest of the line is still to come. */
function parsed(data: string): Position | undefined {
  return data.endsWith('}') ? (JSON.parse(data) as Position) : undefined;
}
