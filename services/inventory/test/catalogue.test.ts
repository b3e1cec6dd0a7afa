import { randomUUID } from 'node:crypto';

import { timestampDate, timestampFromDate, timestampFromMs } from '@bufbuild/protobuf/wkt';
import { afterAll, beforeAll, describe, expect, test } from '@boxoffice/runtime/testing/tests';
import { ScheduleState, SeatStatus } from '@boxoffice/proto/inventory';
import { violationsOf } from '@boxoffice/runtime/error';

import { given, names, Office, refusal } from './office.ts';

let office: Office;
beforeAll(async () => void (office = await Office.open()));
afterAll(() => office[Symbol.asyncDispose]());

async function faults(call: Promise<unknown>): Promise<string[]> {
  const error: unknown = await call.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(await refusal(Promise.reject(error as Error))).toBe('REQUEST_INVALID');
  return [...new Set(violationsOf(error).map(({ field }) => field))];
}

describe('concerts', () => {
  test('are entered with name, description and venue', async () => {
    const request = { name: '가을 음악회', description: 'Two\nlines', venue: 'Hall 1' };
    const { concert } = await office.admin().createConcert(request);
    expect(concert).toMatchObject(request);
    expect(given(concert).createdAt).toBeDefined();
    const read = await office.inventory().getConcert({ concertId: given(concert).id });
    expect(read.concert).toEqual(concert);
  });

  test('are entered once a request id', async () => {
    const request = { requestId: randomUUID(), name: 'Once' };
    const first = await office.admin().createConcert(request);
    expect(await office.admin().createConcert(request)).toEqual(first);
    expect(await refusal(office.admin().createConcert({ ...request, name: 'Twice' }))).toBe('REQUEST_ID_REUSED');
  });

  test('are changed in the fields that are named, and tell of it where something did change', async () => {
    const { concert } = await office.admin().createConcert({ name: 'Before', description: 'Words', venue: 'Hall 1' });
    const { id: concertId } = given(concert);
    const scheduleId = await office.schedule({ concertId });
    const change = { concertId, name: 'After', venue: 'not named', updateMask: { paths: ['name'] } };
    const changed = await office.admin().updateConcert(change);
    expect(changed.concert).toEqual({ ...given(concert), name: 'After' });
    expect(await office.admin().updateConcert(change)).toEqual(changed);
    expect((await office.inventory().getConcert({ concertId })).concert).toEqual(changed.concert);
    expect((await office.inventory().listConcerts({ pageSize: 1 })).concerts).toEqual([changed.concert]);
    expect((await office.inventory().getSchedule({ scheduleId })).schedule?.concertName).toBe('After');
    await office.admin().updateConcert({ concertId, updateMask: { paths: ['description', 'venue'] } });
    const bare = { description: '', venue: '' };
    expect((await office.inventory().getConcert({ concertId })).concert).toMatchObject({ name: 'After', ...bare });
    const { rows } = await office.pool.query<{ data: object }>(
      `select data from outbox where subject = $1 and type like '%.concert.changed.v1' order by id`,
      [`concerts/${concertId}`],
    );
    expect(rows.map(({ data }) => data)).toEqual([
      { concertId: Number(concertId), name: 'After', venue: 'Hall 1' },
      { concertId: Number(concertId), name: 'After', venue: '' },
    ]);
  });

  test('are changed once a request id, by operators, and only if they exist', async () => {
    const concertId = await office.concert('Before');
    const request = { requestId: randomUUID(), concertId, name: 'Once', updateMask: { paths: ['name'] } };
    const first = await office.admin().updateConcert(request);
    await office.admin().updateConcert({ concertId, name: 'Later', updateMask: { paths: ['name'] } });
    expect(await office.admin().updateConcert(request)).toEqual(first);
    expect((await office.inventory().getConcert({ concertId })).concert?.name).toBe('Later');
    expect(await refusal(office.admin().updateConcert({ ...request, concertId: 999_999n }))).toBe('REQUEST_ID_REUSED');
    const unknown = { ...request, requestId: '', concertId: 999_999n };
    expect(await refusal(office.admin().updateConcert(unknown))).toBe('CONCERT_UNKNOWN');
    for (const paths of [[], ['id'], ['name', 'created_at']]) {
      const call = office.admin().updateConcert({ concertId, name: 'A', updateMask: { paths } });
      expect(await refusal(call)).toBe('REQUEST_INVALID');
    }
    expect(await refusal(office.admin().updateConcert({ concertId, updateMask: { paths: ['name'] } }))).toBe(
      'REQUEST_INVALID',
    );
  });

  test('are listed newest first, in pages', async () => {
    const ids: bigint[] = [];
    for (let count = 0; count < 5; count += 1) ids.unshift(await office.concert());
    const first = await office.inventory().listConcerts({ pageSize: 3 });
    expect(first.concerts.map(({ id }) => id)).toEqual(ids.slice(0, 3));
    const second = await office.inventory().listConcerts({ pageSize: 2, pageToken: first.nextPageToken });
    expect(second.concerts.map(({ id }) => id)).toEqual(ids.slice(3));
    const all = await office.inventory().listConcerts({ pageSize: 100 });
    expect(all.nextPageToken).toBe('');
    expect(await refusal(office.inventory().listConcerts({ pageToken: 'nonsense' }))).toBe('PAGE_TOKEN_INVALID');
  });

  test('that do not exist are unknown', async () => {
    expect(await refusal(office.inventory().getConcert({ concertId: 999_999n }))).toBe('CONCERT_UNKNOWN');
    expect(await refusal(office.inventory().listSchedules({ concertId: 999_999n }))).toBe('CONCERT_UNKNOWN');
    expect(await refusal(office.inventory().getSchedule({ scheduleId: 999_999n }))).toBe('SCHEDULE_UNKNOWN');
  });

  test.each([
    ['no name', { name: '' }],
    ['a control character', { name: 'a\u0000b' }],
    ['a name of 201 characters', { name: 'x'.repeat(201) }],
  ])('are refused with %s', async (_, request) => {
    expect(await faults(office.admin().createConcert(request))).toEqual(['name']);
  });
});

describe('a schedule', () => {
  test('has fifty seats in five rows of ten, numbered through, by default', async () => {
    const concertId = await office.concert();
    const { schedule } = await office.admin().createSchedule({ concertId, date: '2099-12-24', price: 99_000n });
    expect(schedule).toMatchObject({
      concertId,
      concertName: 'Concert',
      date: '2099-12-24',
      state: ScheduleState.ON_SALE,
      totalSeats: 50,
      remainingSeats: 50,
      currencyCode: 'KRW',
      holdDuration: { seconds: 300n },
    });
    // The end of the day in Korea.
    expect(timestampDate(given(given(schedule).bookingClosesAt)).toISOString()).toBe('2099-12-24T15:00:00.000Z');
    const { rows } = await office.pool.query<{ section: string; row_label: string; number: number; price: bigint }>(
      'select section, row_label, number, price from seats where schedule_id = $1 order by id',
      [given(schedule).id],
    );
    expect(rows.map(({ number }) => number)).toEqual(Array.from({ length: 50 }, (_, index) => index + 1));
    expect(rows.map(({ row_label }) => row_label).join('')).toBe('ABCDE'.replace(/./g, '$&$&$&$&$&$&$&$&$&$&'));
    expect(rows.every(({ section, price }) => section === 'General' && price === 99_000n)).toBe(true);
  });

  test('has the seats of its layout, from the best on', async () => {
    const scheduleId = await office.schedule({
      layout: [
        { section: 'VIP', rows: 1, seatsPerRow: 2, price: 9n },
        { section: 'Floor', rows: 2, seatsPerRow: 2, price: 4n },
      ],
    });
    const token = await office.admit(scheduleId);
    const { seats } = await office.inventory().listSeats({ token, scheduleId });
    expect(names(seats)).toEqual(['A1', 'A2', 'A1', 'A2', 'B1', 'B2']);
    expect(seats.map(({ section, price }) => [section, price])).toEqual([
      ['VIP', 9n],
      ['VIP', 9n],
      ...Array.from({ length: 4 }, () => ['Floor', 4n]),
    ]);
    expect(seats.every(({ status }) => status === SeatStatus.OPEN)).toBe(true);
  });

  test('has up to twenty thousand seats', async () => {
    const concertId = await office.concert();
    const create = (rows: number): ReturnType<ReturnType<Office['admin']>['createSchedule']> =>
      office.admin().createSchedule({
        concertId,
        date: '2099-12-24',
        layout: [
          { section: 'S', rows: 100, seatsPerRow: 199, price: 1n },
          { section: 'T', rows, seatsPerRow: 10, price: 1n },
        ],
      });
    expect((await create(10)).schedule).toMatchObject({ totalSeats: 20_000, remainingSeats: 20_000 });
    expect(await faults(create(11))).toEqual(['layout']);
  });

  test.each([
    ['a day that is none', { date: '2026-02-30' }, ['date']],
    ['the 29th of February of a common year', { date: '2026-02-29' }, ['date']],
    ['a day of the year 0', { date: '0000-01-01' }, ['date']],
    ['a date that is none', { date: '2026-1-1' }, ['date']],
    ['a month that is none', { date: '2026-13-01' }, ['date']],
    ['20,001 seats', { seatCount: 20_001 }, ['seat_count']],
    ['a price below 0', { price: -1n }, ['price']],
    ['holds of half a second', { holdDuration: { nanos: 500_000_000 } }, ['hold_duration']],
    ['holds of more than a day', { holdDuration: { seconds: 86_401n } }, ['hold_duration']],
    ['a layout and a price', { price: 5n, layout: [{ section: 'S', rows: 1, seatsPerRow: 1, price: 1n }] }, ['']],
    [
      'two sections of one name',
      {
        layout: [
          { section: 'S', rows: 1, seatsPerRow: 1, price: 1n },
          { section: 'S', rows: 1, seatsPerRow: 2, price: 1n },
        ],
      },
      [''],
    ],
    [
      'a window that ends before it begins',
      { bookingOpensAt: timestampFromMs(2_000), bookingClosesAt: timestampFromMs(1_000) },
      [''],
    ],
    ['an opening after the day', { bookingOpensAt: timestampFromDate(new Date('2099-12-25')) }, ['booking_opens_at']],
    ['an opening that is no time', { bookingOpensAt: { seconds: 9_000_000_000_000n } }, ['booking_opens_at']],
  ])('is refused with %s', async (_, change, fields) => {
    const concertId = await office.concert();
    const request = { concertId, date: '2099-12-24', ...change };
    expect(await faults(office.admin().createSchedule(request))).toEqual(fields);
  });

  test('is refused for a concert that does not exist, and entered once a request id', async () => {
    const request = { requestId: randomUUID(), concertId: 999_999n, date: '2099-12-24' };
    expect(await refusal(office.admin().createSchedule(request))).toBe('CONCERT_UNKNOWN');
    const concertId = await office.concert();
    const good = { ...request, requestId: randomUUID(), concertId };
    const first = await office.admin().createSchedule(good);
    expect(await office.admin().createSchedule(good)).toEqual(first);
    const { schedules } = await office.inventory().listSchedules({ concertId });
    expect(schedules).toHaveLength(1);
  });

  test('counts what remains, those of holds that have run out included', async () => {
    const scheduleId = await office.schedule({ seatCount: 10, holdDuration: { seconds: 1n } });
    const seatIds = await office.seatIds(scheduleId);
    const remaining = async (): Promise<number> =>
      given((await office.inventory().getSchedule({ scheduleId })).schedule).remainingSeats;
    const bought = await office.hold(scheduleId, seatIds.slice(0, 2));
    await office
      .inventory('ledger')
      .confirmReservation({ reservationId: bought.id, paymentId: 77n, memberId: 'member', amount: bought.amount });
    const held = await office.hold(scheduleId, seatIds.slice(2, 5));
    const atHold = await remaining();
    await office.expired(held.id);
    expect([atHold, await remaining()]).toEqual([5, 8]);
    await office.sweep();
    expect(await remaining()).toBe(8);
  });
});

describe('the schedules of a concert', () => {
  test('are those that can be booked now, by day, or all', async () => {
    const concertId = await office.concert();
    const hour = 3_600_000;
    const late = await office.schedule({ concertId, date: '2099-03-01' });
    const early = await office.schedule({ concertId, date: '2099-01-01' });
    const middle = await office.schedule({ concertId, date: '2099-02-01' });
    const same = await office.schedule({ concertId, date: '2099-02-01' });
    const past = await office.schedule({ concertId, date: '2020-01-01' });
    const unopened = await office.schedule({
      concertId,
      date: '2099-01-02',
      bookingOpensAt: timestampFromMs(Date.now() + hour),
    });
    const cancelled = await office.schedule({ concertId, date: '2099-01-03' });
    await office.admin().cancelSchedule({ scheduleId: cancelled });
    const { schedules } = await office.inventory().listSchedules({ concertId });
    expect(schedules.map(({ id }) => id)).toEqual([early, middle, same, late]);
    const all = await office.inventory().listSchedules({ concertId, includeNotBookable: true });
    expect(all.schedules.map(({ id }) => id)).toEqual([past, early, unopened, cancelled, middle, same, late]);
  });

  test('come in pages', async () => {
    const concertId = await office.concert();
    const ids: bigint[] = [];
    for (const day of ['01', '02', '02', '02', '03'])
      ids.push(await office.schedule({ concertId, date: `2099-01-${day}` }));
    const found: bigint[] = [];
    for (let pageToken = ''; found.length < 6;) {
      const page = await office.inventory().listSchedules({ concertId, pageSize: 2, pageToken });
      found.push(...page.schedules.map(({ id }) => id));
      pageToken = page.nextPageToken;
      if (pageToken === '') break;
    }
    expect(found).toEqual(ids);
    const { nextPageToken: pageToken } = await office.inventory().listSchedules({ concertId, pageSize: 1 });
    const other = office.inventory().listSchedules({ concertId, includeNotBookable: true, pageToken });
    expect(await refusal(other)).toBe('PAGE_TOKEN_INVALID');
  });
});

describe('the schedules of a day', () => {
  test('are those of all concerts that can be booked now, in pages', async () => {
    const date = '2098-07-01';
    const enter = async (on: string): Promise<bigint> =>
      office.schedule({ concertId: await office.concert(`On ${on}`), date: on });
    const ids = [await enter(date), await enter(date), await enter(date)];
    await enter('2098-07-02');
    const cancelled = await enter(date);
    await office.admin().cancelSchedule({ scheduleId: cancelled });
    const first = await office.inventory().listSchedules({ date, pageSize: 2 });
    const second = await office.inventory().listSchedules({ date, pageSize: 2, pageToken: first.nextPageToken });
    expect([...first.schedules, ...second.schedules].map(({ id }) => id)).toEqual(ids);
    expect(first.schedules[0]).toMatchObject({ concertName: `On ${date}`, date, remainingSeats: 50 });
    expect(second.nextPageToken).toBe('');
    const all = await office.inventory().listSchedules({ date, includeNotBookable: true });
    expect(all.schedules.map(({ id }) => id)).toEqual([...ids, cancelled]);
  });

  test('can be those of one concert', async () => {
    const concertId = await office.concert();
    const [before, on, after] = ['2098-08-01', '2098-08-02', '2098-08-03'];
    const ids: bigint[] = [];
    for (const date of [before, on, on, after]) ids.push(await office.schedule({ concertId, date }));
    await office.schedule({ date: on });
    const { schedules } = await office.inventory().listSchedules({ concertId, date: on });
    expect(schedules.map(({ id }) => id)).toEqual(ids.slice(1, 3));
    const { nextPageToken: pageToken } = await office.inventory().listSchedules({ concertId, date: on, pageSize: 1 });
    expect((await office.inventory().listSchedules({ concertId, date: on, pageToken })).schedules).toHaveLength(1);
    expect(await refusal(office.inventory().listSchedules({ date: on, pageToken }))).toBe('PAGE_TOKEN_INVALID');
  });

  test('are known at once where one is entered or called off', async () => {
    const date = '2098-09-01';
    const ids = async (): Promise<bigint[]> =>
      (await office.inventory().listSchedules({ date })).schedules.map(({ id }) => id);
    expect(await ids()).toEqual([]);
    const scheduleId = await office.schedule({ date });
    expect(await ids()).toEqual([scheduleId]);
    await office.admin().cancelSchedule({ scheduleId });
    expect(await ids()).toEqual([]);
  });

  test.each(['2098-02-30', '2098-13-01', 'today'])('%s, which is none, are refused', async (date) => {
    expect(await refusal(office.inventory().listSchedules({ date }))).toBe('REQUEST_INVALID');
  });

  test('or of a concert have to be asked for, of one of them', async () => {
    expect(await refusal(office.inventory().listSchedules({}))).toBe('REQUEST_INVALID');
  });
});

describe('the seats of a schedule', () => {
  test('come in pages, with their state now', async () => {
    const scheduleId = await office.schedule({ seatCount: 5, holdDuration: { seconds: 1n } });
    const [first = 0n, second = 0n] = await office.seatIds(scheduleId);
    const bought = await office.hold(scheduleId, [first], 'buyer');
    const payment = { reservationId: bought.id, paymentId: 88n, memberId: 'buyer', amount: bought.amount };
    await office.inventory('ledger').confirmReservation(payment);
    const held = await office.hold(scheduleId, [second], 'holder');
    const token = await office.admit(scheduleId, 'viewer');
    const page = await office.inventory().listSeats({ token, scheduleId, pageSize: 3 });
    expect(page.seats.map(({ status }) => status)).toEqual([SeatStatus.SOLD, SeatStatus.HELD, SeatStatus.OPEN]);
    const rest = await office.inventory().listSeats({ token, scheduleId, pageToken: page.nextPageToken });
    expect([rest.seats.length, rest.nextPageToken]).toEqual([2, '']);
    await office.expired(held.id);
    const later = await office.inventory().listSeats({ token, scheduleId, pageSize: 3 });
    expect(later.seats.map(({ status }) => status)).toEqual([SeatStatus.SOLD, SeatStatus.OPEN, SeatStatus.OPEN]);
  });

  test('come a thousand at a time, with the longest names', async () => {
    const section = '가'.repeat(40);
    const scheduleId = await office.schedule({
      layout: [{ section, rows: 6, seatsPerRow: 200, price: 1_000_000_000_000n }],
    });
    const token = await office.admit(scheduleId);
    const page = await office.inventory().listSeats({ token, scheduleId });
    expect(page.seats).toHaveLength(1_000);
    const rest = await office.inventory().listSeats({ token, scheduleId, pageToken: page.nextPageToken });
    expect([rest.seats.length, rest.nextPageToken]).toEqual([200, '']);
  });

  test('are for members of admitted tickets alone', async () => {
    const scheduleId = await office.schedule();
    const list = (token: string): Promise<string> => refusal(office.inventory().listSeats({ token, scheduleId }));
    expect(await list(await office.join(scheduleId, 'waits'))).toBe('TICKET_WAITING');
    expect(await list('nonsense')).toBe('TOKEN_INVALID');
    expect(await list(await office.admit(await office.schedule()))).toBe('TOKEN_OF_ANOTHER_SCHEDULE');
    const left = await office.admit(scheduleId, 'leaves');
    await office.queue().leave({ token: left });
    expect(await list(left)).toBe('TICKET_OVER');
  });
});

describe('a change of price', () => {
  test('is for some seats, a section, or all, and counts those that had another', async () => {
    const scheduleId = await office.schedule({
      layout: [
        { section: 'VIP', rows: 1, seatsPerRow: 2, price: 9n },
        { section: 'Floor', rows: 1, seatsPerRow: 3, price: 4n },
      ],
    });
    const [first = 0n, , third = 0n] = await office.seatIds(scheduleId);
    const change = async (request: object): Promise<number> =>
      (await office.admin().changePrice({ scheduleId, price: 7n, ...request })).changed;
    expect(await change({ seatIds: [first, third] })).toBe(2);
    expect(await change({ section: 'VIP' })).toBe(1);
    expect(await change({})).toBe(2);
    expect(await change({})).toBe(0);
    const { rows } = await office.pool.query('select distinct price from seats where schedule_id = $1', [scheduleId]);
    expect(rows).toEqual([{ price: 7n }]);
  });

  test('is for holds to come', async () => {
    const scheduleId = await office.schedule();
    const [first = 0n, second = 0n] = await office.seatIds(scheduleId);
    const before = await office.hold(scheduleId, [first], 'before');
    await office.admin().changePrice({ scheduleId, price: 5n });
    const after = await office.hold(scheduleId, [second], 'after');
    expect([before.amount, after.amount]).toEqual([1_000n, 5n]);
    const { reservation } = await office.inventory().getReservation({ reservationId: before.id });
    expect(given(reservation).seats.map(({ price }) => price)).toEqual([1_000n]);
    expect(await office.violated()).toEqual([]);
  });

  test('is refused for what does not exist, and made once a request id', async () => {
    const scheduleId = await office.schedule();
    const [other = 0n] = await office.seatIds(await office.schedule());
    const change = (request: object): Promise<string> =>
      refusal(office.admin().changePrice({ scheduleId, ...request }));
    expect(await change({ scheduleId: 999_999n })).toBe('SCHEDULE_UNKNOWN');
    expect(await change({ seatIds: [other] })).toBe('SEAT_UNKNOWN');
    expect(await change({ section: 'Nowhere' })).toBe('SEAT_UNKNOWN');
    const request = { requestId: randomUUID(), scheduleId, price: 3n };
    const first = await office.admin().changePrice(request);
    expect(first.changed).toBe(50);
    expect(await office.admin().changePrice(request)).toEqual(first);
  });

  test('refuses nobody a seat while it is made', async () => {
    const scheduleId = await office.schedule({ layout: [{ section: 'S', rows: 50, seatsPerRow: 200, price: 1n }] });
    const token = await office.admit(scheduleId);
    const seatIds = await office.seatIds(scheduleId, 10_000);
    const prices = [2n, 3n, 4n].map((price) => office.admin().changePrice({ scheduleId, price }));
    const holds = Array.from({ length: 60 }, (_, index) =>
      refusal(
        office.inventory('bff', index % 2).holdSeats({ token, scheduleId, seatIds: [seatIds[index * 150] ?? 0n] }),
      ),
    );
    expect(new Set(await Promise.all(holds))).toEqual(new Set(['none']));
    await Promise.all(prices);
    expect(await office.violated()).toEqual([]);
  });
});

describe('calling a schedule off', () => {
  test('cancels what is pending, keeps what is paid, and is idempotent', async () => {
    const scheduleId = await office.schedule({ seatCount: 5 });
    const [first = 0n, second = 0n, third = 0n] = await office.seatIds(scheduleId);
    const paid = await office.hold(scheduleId, [first], 'payer');
    const payment = { reservationId: paid.id, paymentId: 99n, memberId: 'payer', amount: paid.amount };
    await office.inventory('ledger').confirmReservation(payment);
    await office.hold(scheduleId, [second], 'one');
    await office.hold(scheduleId, [third], 'other');
    const cancelled = await office.admin().cancelSchedule({ scheduleId });
    expect(cancelled).toMatchObject({ cancelledReservations: 2, schedule: { state: ScheduleState.CANCELLED } });
    expect((await office.seats(scheduleId)).map(({ state }) => state)).toEqual([
      'SOLD',
      'OPEN',
      'OPEN',
      'OPEN',
      'OPEN',
    ]);
    const again = await office.admin().cancelSchedule({ scheduleId });
    expect(again).toMatchObject({ cancelledReservations: 0, schedule: { state: ScheduleState.CANCELLED } });
    expect(await refusal(office.admin().cancelSchedule({ scheduleId: 999_999n }))).toBe('SCHEDULE_UNKNOWN');
    const refund = { reservationId: paid.id, paymentId: 99n, refundId: 1n, amount: paid.amount };
    expect(await office.inventory('ledger').revokeReservation(refund)).toMatchObject({ revoked: true });
    expect(await office.violated()).toEqual([]);
  });

  test('leaves no hold behind that began meanwhile', async () => {
    for (let round = 0; round < 5; round += 1) {
      const scheduleId = await office.schedule();
      const seatIds = await office.seatIds(scheduleId);
      const token = await office.admit(scheduleId);
      const holds = seatIds.map((id, index) =>
        refusal(office.inventory('bff', index % 2).holdSeats({ token, scheduleId, seatIds: [id] })),
      );
      await office.until(async () => (await office.seats(scheduleId)).some(({ state }) => state === 'HELD'));
      await office.admin().cancelSchedule({ scheduleId });
      const open = (await office.seats(scheduleId)).every(({ state }) => state === 'OPEN');
      expect(open).toBe(true);
      const outcomes = new Set(await Promise.all(holds));
      expect([...outcomes].filter((outcome) => !['none', 'SCHEDULE_CANCELLED'].includes(outcome))).toEqual([]);
      expect((await office.seats(scheduleId)).every(({ state }) => state === 'OPEN')).toBe(true);
    }
  });
});
