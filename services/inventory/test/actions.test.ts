import { randomUUID } from 'node:crypto';

import { afterAll, beforeAll, expect, test } from '@boxoffice/runtime/testing/tests';

import { given, Office, refusal } from './office.ts';

let office: Office;
beforeAll(async () => {
  office = await Office.open();
});
afterAll(() => office[Symbol.asyncDispose]());

async function done(): Promise<[string, string, unknown][]> {
  const { actions } = await office.admin().listActions({});
  return actions.map(({ action, subject, details }) => [action, subject, JSON.parse(details)]);
}

test('what operators do to the catalogue is written down, newest first', async () => {
  const admin = office.admin();
  const { concert } = await admin.createConcert({ name: 'Aria', venue: 'Hall' });
  const { id: concertId } = given(concert);
  await admin.updateConcert({ concertId, name: 'Arioso', updateMask: { paths: ['name'] } });
  const { schedule } = await admin.createSchedule({ concertId, date: '2099-12-24', seatCount: 10, price: 5n });
  const { id: scheduleId } = given(schedule);
  await admin.changePrice({ scheduleId, price: 7n });
  await admin.cancelSchedule({ scheduleId });
  expect(await done()).toEqual([
    ['CancelSchedule', `schedules/${scheduleId}`, {}],
    ['ChangePrice', `schedules/${scheduleId}`, { price: '7' }],
    [
      'CreateSchedule',
      `schedules/${scheduleId}`,
      { concertId: `${concertId}`, date: '2099-12-24', seatCount: 10, price: '5' },
    ],
    ['UpdateConcert', `concerts/${concertId}`, { name: 'Arioso', updateMask: 'name' }],
    ['CreateConcert', `concerts/${concertId}`, { name: 'Aria', venue: 'Hall' }],
  ]);
});

test('what is told again, or refused, is not', async () => {
  const before = (await done()).length;
  const concert = { requestId: randomUUID(), name: 'Once' };
  await office.admin().createConcert(concert);
  await office.admin().createConcert(concert);
  const scheduleId = await office.schedule({ seatCount: 1 });
  const price = { requestId: randomUUID(), scheduleId, price: 1n };
  await office.admin().changePrice(price);
  await office.admin().changePrice(price);
  const cancel = { requestId: randomUUID(), scheduleId };
  await office.admin().cancelSchedule(cancel);
  await office.admin().cancelSchedule(cancel);
  expect(await refusal(office.admin().changePrice({ ...price, requestId: '', section: 'None' }))).toBe('SEAT_UNKNOWN');
  expect(await refusal(office.admin().cancelSchedule({ scheduleId: 999_999n }))).toBe('SCHEDULE_UNKNOWN');
  const [cancelled, changed, ...made] = (await done()).slice(0, -before || undefined);
  expect([cancelled?.[0], changed?.[0]]).toEqual(['CancelSchedule', 'ChangePrice']);
  expect(made.map(([action]) => action)).toEqual(['CreateSchedule', 'CreateConcert', 'CreateConcert']);
});

test('what is too long to be kept is named', async () => {
  const concertId = await office.concert();
  const layout = Array.from({ length: 60 }, (_, index) => ({
    section: `Section ${index} ${'x'.repeat(20)}`,
    rows: 1,
    seatsPerRow: 1,
    price: 1n,
  }));
  await office.admin().createSchedule({ concertId, date: '2099-12-24', layout });
  const [latest] = (await office.admin().listActions({ pageSize: 1 })).actions;
  expect(latest?.details.length).toBeLessThan(4_096);
  expect(JSON.parse(latest?.details ?? '')).toEqual({
    concertId: `${concertId}`,
    date: '2099-12-24',
    leftOut: ['layout'],
  });
});

test('seats are counted by state, and one whose hold has run out is open', async () => {
  const scheduleId = await office.schedule({ seatCount: 10, holdDuration: { seconds: 1n } });
  const count = async () => {
    const { open, held, sold } = await office.admin().countSeats({ scheduleId });
    return [open, held, sold];
  };
  expect(await count()).toEqual([10, 0, 0]);
  const seats = await office.seatIds(scheduleId, 3);
  const { id: reservationId, memberId } = await office.hold(scheduleId, seats.slice(0, 1), 'buyer');
  const { amount } = given((await office.inventory().getReservation({ reservationId })).reservation);
  const paid = { reservationId, paymentId: 1n, memberId, amount };
  await office.inventory('ledger').confirmReservation(paid);
  const { id } = await office.hold(scheduleId, seats.slice(1), 'looker');
  const [open, held, sold] = await count();
  expect([Number(open) + Number(held), sold]).toEqual([9, 1]);
  await office.expired(id);
  expect(await count()).toEqual([9, 0, 1]);
  expect(await refusal(office.admin().countSeats({ scheduleId: 999_999n }))).toBe('SCHEDULE_UNKNOWN');
});
