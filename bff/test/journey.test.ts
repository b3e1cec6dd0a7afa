import { afterAll, beforeAll, describe, expect, test } from '@boxoffice/runtime/testing/tests';
import { newMember, startSystem, type System } from './system.ts';
import type { Web } from './web.ts';

let system: System;
let web: Web;
beforeAll(async () => {
  system = await startSystem();
  ({ web } = system);
});
afterAll(() => system[Symbol.asyncDispose]());

const moment = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

describe('the way from a queue token to an owned seat', () => {
  const member = newMember();
  let scheduleId: number;
  let token: string;
  let seatIds: number[];
  let reservationId: number;
  let paymentId: number;

  test('an operator enters a concert and a date, whose queue is open at once', async () => {
    const concert = await web.admin('POST', '/concerts', {
      body: { name: 'Night', description: 'All of it', venue: 'Hall' },
    });
    expect(concert.status).toBe(201);
    expect(concert.body).toEqual({ id: expect.any(Number), name: 'Night', description: 'All of it', venue: 'Hall' });
    const schedule = await web.admin('POST', `/concerts/${concert.body.id}/schedules`, {
      body: { date: '2099-12-24', seatCount: 50, price: 99_000, holdSeconds: 300 },
    });
    expect(schedule.status).toBe(201);
    expect(schedule.body).toMatchObject({
      concertId: concert.body.id,
      date: '2099-12-24',
      holdSeconds: 300,
      totalSeats: 50,
      remainingSeats: 50,
      queue: { state: 'OPEN', maxActive: 100, activeTtlSeconds: 300, waiting: 0, admitted: 0 },
    });
    scheduleId = schedule.body.id;

    const found = await web.get(`/v1/concerts/${concert.body.id}`);
    expect(found.body).toEqual(concert.body);
    const listed = await web.get('/v1/concerts?pageSize=1');
    expect(listed.body).toMatchObject({ concerts: [concert.body] });
    const dates = await web.get(`/v1/concerts/${concert.body.id}/schedules`);
    expect(dates.body.schedules).toEqual([
      {
        id: scheduleId,
        concertId: concert.body.id,
        concertName: 'Night',
        date: '2099-12-24',
        state: 'ON_SALE',
        bookingOpensAt: expect.stringMatching(moment),
        bookingClosesAt: expect.stringMatching(moment),
        holdSeconds: 300,
        totalSeats: 50,
        remainingSeats: 50,
        currency: 'KRW',
      },
    ]);
    const onDay = await web.get('/v1/schedules?date=2099-12-24');
    expect(onDay.body).toEqual({ schedules: dates.body.schedules });
    expect(onDay.headers['cache-control']).toBe(dates.headers['cache-control']);
    expect((await web.get('/v1/schedules?date=2099-12-25')).body).toEqual({ schedules: [] });
  });

  test('a member takes a ticket, once', async () => {
    const path = `/v1/schedules/${scheduleId}/queue/tickets`;
    const joined = await web.post(path, { body: { memberId: member } });
    expect(joined.status).toBe(201);
    expect(joined.headers['cache-control']).toBe('no-store');
    expect(joined.body).toMatchObject({ token: expect.any(String), number: 1, ahead: 0 });
    expect(joined.body).toHaveProperty('estimatedWaitSeconds');
    const again = await web.post(path, { body: { memberId: member } });
    expect(again.status).toBe(200);
    expect(again.body.token).toBe(joined.body.token);
    token = joined.body.token;
  });

  test('is admitted', async () => {
    const me = `/v1/schedules/${scheduleId}/queue/tickets/me`;
    const { body } = await web.until(me, { token }, (answer) => answer.body.status === 'ADMITTED');
    expect(body).toEqual({
      number: 1,
      status: 'ADMITTED',
      ahead: 0,
      estimatedWaitSeconds: 0,
      estimatedWaitRange: null,
      admittedUntil: expect.stringMatching(moment),
    });
  });

  test('sees the seats', async () => {
    const { status, list: body } = await web.get(`/v1/schedules/${scheduleId}/seats`, { token });
    expect(status).toBe(200);
    expect(body).toHaveLength(50);
    expect(body[0]).toEqual({
      id: expect.any(Number),
      number: 1,
      section: expect.any(String),
      row: 'A',
      price: 99_000,
      status: 'OPEN',
    });
    seatIds = body.slice(4, 6).map(({ id }) => id);
  });

  test('holds two of them', async () => {
    const held = await web.post(`/v1/schedules/${scheduleId}/reservations`, { token, body: { seatIds } });
    expect(held.status).toBe(201);
    expect(held.body).toMatchObject({
      status: 'PENDING',
      amount: 198_000,
      currency: 'KRW',
      memberId: member,
      expiresAt: expect.stringMatching(moment),
      concert: { name: 'Night' },
      schedule: { id: scheduleId, date: '2099-12-24' },
    });
    expect(held.body.seats).toEqual([
      { id: seatIds[0], number: 5, section: expect.any(String), row: 'A', price: 99_000 },
      { id: seatIds[1], number: 6, section: expect.any(String), row: 'A', price: 99_000 },
    ]);
    reservationId = held.body.id;
    expect(held.headers.location).toBe(`/v1/reservations/${reservationId}`);
    const pending = await web.get(`/v1/members/${member}/reservations?status=PENDING`);
    expect(pending.body).toMatchObject({ reservations: [{ id: reservationId, status: 'PENDING' }] });
    const seats = await web.get(`/v1/schedules/${scheduleId}/seats`, { token });
    expect(seats.list.filter((seat) => seat.status === 'HELD')).toHaveLength(2);
  });

  test('cannot pay without money', async () => {
    await web.newMember(member, 0);
    const { status, body } = await web.post(`/v1/reservations/${reservationId}/payment`, { token });
    expect(status).toBe(402);
    expect(body.reason).toBe('BALANCE_TOO_LOW');
  });

  test('tops up a balance', async () => {
    const charged = await web.post(`/v1/members/${member}/charges`, { body: { amount: 200_000 } });
    expect(charged.status).toBe(201);
    expect(charged.body).toEqual({ balance: 200_000, held: 0, currency: 'KRW', transferId: expect.any(Number) });
    const { body } = await web.get(`/v1/members/${member}/balance`);
    expect(body).toEqual({ balance: 200_000, held: 0, currency: 'KRW' });
  });

  test('pays, and the ticket is over', async () => {
    const path = `/v1/reservations/${reservationId}/payment`;
    const paid = await web.post(path, { token, body: { amount: 198_000 } });
    expect(paid.status).toBe(200);
    expect(paid.body).toMatchObject({ id: expect.any(Number), status: 'PAID', amount: 198_000, reservationId });
    paymentId = paid.body.id;
    const me = `/v1/schedules/${scheduleId}/queue/tickets/me`;
    await web.until(me, { token }, (answer) => answer.body.status === 'COMPLETED');
    // Inventory may remember for a second that the ticket was good for looking at seats.
    await web.until(`/v1/schedules/${scheduleId}/seats`, { token }, (answer) => answer.status === 410);
  });

  test('owns the seats', async () => {
    const reservation = await web.get(`/v1/reservations/${reservationId}`, { token });
    expect(reservation.body).toMatchObject({ status: 'CONFIRMED', payment: { id: paymentId, status: 'PAID' } });
    const all = await web.get(`/v1/members/${member}/reservations`);
    expect(all.body).toEqual({ reservations: [reservation.body] });
    expect((await web.get(`/v1/members/${member}/reservations?status=PENDING`)).body).toEqual({ reservations: [] });
    const payment = await web.get(`/v1/payments/${paymentId}`);
    expect(payment.body).toMatchObject({ id: paymentId, status: 'PAID', reservationId, memberId: member });
  });

  test('finds every movement in the statement', async () => {
    const { body } = await web.get(`/v1/members/${member}/entries?pageSize=1`);
    expect(body.entries).toEqual([
      {
        id: expect.any(Number),
        transferId: expect.any(Number),
        kind: 'PAYMENT',
        amount: -198_000,
        balanceAfter: 2_000,
        createdAt: expect.stringMatching(moment),
        paymentId,
        reservationId,
      },
    ]);
    const rest = await web.get(`/v1/members/${member}/entries?pageToken=${body.nextPageToken}`);
    expect(rest.body.entries).toMatchObject([{ kind: 'CHARGE', amount: 200_000, balanceAfter: 200_000 }]);
    expect(rest.body).not.toHaveProperty('nextPageToken');
  });

  test('gets the money back', async () => {
    const refunded = await web.post(`/v1/payments/${paymentId}/refund`);
    expect(refunded.status).toBe(200);
    expect(refunded.body).toMatchObject({ id: paymentId, status: 'REFUNDED' });
    expect((await web.get(`/v1/members/${member}/balance`)).body.balance).toBe(200_000);
    const reservation = await web.get(`/v1/reservations/${reservationId}`);
    expect(reservation.body).toMatchObject({ status: 'REFUNDED', payment: { id: paymentId, status: 'REFUNDED' } });
  });
});

test('the best seats that are open are side by side', async () => {
  const scheduleId = await web.newSchedule();
  const token = await web.admitted(scheduleId, newMember());
  const { status, body } = await web.post(`/v1/schedules/${scheduleId}/reservations`, {
    token,
    body: { bestAvailable: 2 },
  });
  expect(status).toBe(201);
  const [first, second] = body.seats;
  expect(second).toMatchObject({ row: first?.row, number: (first?.number ?? 0) + 1 });
});

test('a reservation that is given back opens its seats', async () => {
  const scheduleId = await web.newSchedule();
  const token = await web.admitted(scheduleId, newMember());
  const held = await web.post(`/v1/schedules/${scheduleId}/reservations`, { token, body: { bestAvailable: 1 } });
  for (let attempt = 0; attempt < 2; attempt++) {
    const released = await web.delete(`/v1/reservations/${held.body.id}`, { token });
    expect(released.status).toBe(204);
    expect(released.text).toBe('');
  }
  const seats = await web.get(`/v1/schedules/${scheduleId}/seats`, { token });
  expect(seats.list.every((seat) => seat.status === 'OPEN')).toBe(true);
});

test('a place that is given up is free at once', async () => {
  const scheduleId = await web.newSchedule({ queue: { maxActive: 1 } });
  const first = await web.admitted(scheduleId, newMember());
  const second = await web.join(scheduleId, newMember());
  const me = `/v1/schedules/${scheduleId}/queue/tickets/me`;
  expect((await web.delete(me, { token: first })).status).toBe(204);
  expect((await web.delete(me, { token: first })).status).toBe(204);
  expect((await web.get(me, { token: first })).body).toMatchObject({ status: 'LEFT', ahead: 0 });
  await web.until(me, { token: second }, ({ body }) => body.status === 'ADMITTED');
});

describe('a member', () => {
  test('is entered once', async () => {
    const id = newMember();
    const entered = await web.post('/v1/members', { body: { id } });
    expect(entered.status).toBe(201);
    expect(entered.body).toEqual({ id, balance: 0, held: 0, currency: 'KRW' });
    expect((await web.post('/v1/members', { body: { id } })).status).toBe(200);
  });

  test('without an id gets one, and the same one in a retry', async () => {
    const { status, body } = await web.post('/v1/members');
    expect(status).toBe(201);
    expect((await web.get(`/v1/members/${body.id}/balance`)).status).toBe(200);
    const key = crypto.randomUUID();
    const first = await web.post('/v1/members', { key });
    const retry = await web.post('/v1/members', { key });
    expect([first.status, retry.status]).toEqual([201, 200]);
    expect(retry.body.id).toBe(first.body.id);
  });

  test('can be a number', async () => {
    const id = Math.floor(Math.random() * 1e12) + 1;
    expect((await web.post('/v1/members', { body: { id } })).body.id).toBe(String(id));
    const scheduleId = await web.newSchedule();
    const path = `/v1/schedules/${scheduleId}/queue/tickets`;
    expect((await web.post(path, { body: { memberId: id } })).status).toBe(201);
    expect((await web.post(path, { body: { memberId: String(id) } })).status).toBe(200);
  });
});

test('lists go on where the page before ended', async () => {
  for (const name of ['A', 'B', 'C']) {
    await web.admin('POST', '/concerts', { body: { name } });
  }
  const first = await web.get('/v1/concerts?pageSize=2');
  expect(first.body.concerts.map(({ name }) => name)).toEqual(['C', 'B']);
  const second = await web.get(`/v1/concerts?pageSize=2&pageToken=${encodeURIComponent(first.body.nextPageToken)}`);
  expect(second.body.concerts[0]?.name).toBe('A');
});

test('what is on may be kept for a moment, and is not sent again unchanged', async () => {
  await web.newSchedule();
  const first = await web.get('/v1/concerts');
  expect(first.headers['cache-control']).toMatch(/^public, max-age=\d+$/);
  const again = await web.get('/v1/concerts', { headers: { 'if-none-match': String(first.headers.etag) } });
  expect([again.status, again.text]).toEqual([304, '']);
});
