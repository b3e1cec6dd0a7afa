import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, test } from '@boxoffice/runtime/testing/tests';
import { anyText, dataOf, outcome, type DialectShop, type Reply, type ShopDate } from './dialect-shop.ts';

const good = (data: unknown): [number, unknown] => [200, { success: true, data }];
const bad = (status: number, message: string): [number, unknown] => [status, { success: false, message }];
const moment = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/) as unknown as string;
const unauthorized = bad(401, 'Unauthorized');

/** The tests of dialect C. */
export function dialectCCases(theShop: () => DialectShop): void {
  describe('dialect C', () => {
    let shop: DialectShop;
    let date: ShopDate;
    beforeAll(async () => {
      shop = theShop();
      date = await shop.newDate();
    });
    const hold = (token: string, seatId: unknown, key?: string): Promise<Reply> =>
      shop.ask('POST /c/reservation', { token, body: { seatId }, ...(key !== undefined && { key }) });
    const pay = (token: string, seatId: unknown, key?: string): Promise<Reply> =>
      shop.ask('POST /c/payment', { token, body: { seatId }, ...(key !== undefined && { key }) });

    test('plays a whole purchase', async () => {
      const { scheduleId: concertScheduleId, seatIds } = date;
      const userId = String(await shop.newMember());
      const charged = await shop.ask('POST /c/user/charge', { body: { amount: 1_000, userId } });
      expect(outcome(charged)).toStrictEqual(good({ balance: 1_000 }));
      expect(outcome(await shop.ask(`GET /c/user/check?userId=${userId}`))).toStrictEqual(good({ balance: 1_000 }));
      const issued = await shop.ask('POST /c/queue/issue', { body: { userId, concertScheduleId } });
      expect(outcome(issued)).toStrictEqual(good({ token: anyText, status: 'pending' }));
      const { token } = dataOf<{ token: string }>(issued);
      const isActive = (reply: Reply): boolean => dataOf<{ status: string }>(reply).status === 'active';
      const active = await shop.until('GET /c/queue/status', { token }, isActive);
      expect(outcome(active)).toStrictEqual(good({ status: 'active', waitingPosition: 0, estimatedWaitSeconds: 0 }));
      const reissued = await shop.ask('POST /c/queue/issue', { body: { userId, concertScheduleId } });
      expect(outcome(reissued)).toStrictEqual(good({ token, status: 'active' }));

      const dates = await shop.ask('GET /c/concert/available-dates', { token });
      const shown = { id: concertScheduleId, totalSeats: 50, open_at: moment, close_at: moment };
      expect(outcome(dates)).toStrictEqual(good([{ ...shown, reservedSeats: 0 }]));
      const seats = await shop.ask(`GET /c/concert/available-seats?concertScheduleId=${concertScheduleId}`, { token });
      const open = seatIds.map((id, index) => ({ id, seatNumber: String(index + 1), price: 1_000 }));
      expect(outcome(seats)).toStrictEqual(good(open));
      const seatId = seatIds[1] ?? 0;
      expect(outcome(await hold(token, seatId))).toStrictEqual(
        good({
          id: expect.any(Number),
          seat: { id: seatId, isActive: false, seatNumber: 2 },
          status: 'PENDING',
          created_at: moment,
        }),
      );
      const left = await shop.until(
        `GET /c/concert/available-seats?concertScheduleId=${concertScheduleId}`,
        { token },
        (reply) => dataOf<unknown[]>(reply).length < 50,
      );
      expect(outcome(left)).toStrictEqual(good(open.filter(({ id }) => id !== seatId)));
      const reserved = (reply: Reply): boolean => dataOf<[{ reservedSeats: number }]>(reply)[0].reservedSeats === 1;
      await shop.until('GET /c/concert/available-dates', { token }, reserved);
      expect(outcome(await pay(token, seatId))).toStrictEqual(
        good({
          seatNumber: 2,
          concertName: 'Concert',
          openDate: moment,
          closeDate: moment,
          totalAmount: 1_000,
          status: 'COMPLETED',
        }),
      );
      expect(outcome(await shop.ask(`GET /c/user/check?userId=${userId}`))).toStrictEqual(good({ balance: 0 }));
      const expired = { status: 'expired', waitingPosition: 0, estimatedWaitSeconds: 0 };
      const isOver = (reply: Reply): boolean => dataOf<{ status: string }>(reply).status === 'expired';
      expect(outcome(await shop.until('GET /c/queue/status', { token }, isOver))).toStrictEqual(good(expired));
    });

    test('tells who waits their place, and refuses them and whose ticket is over', async () => {
      const line = await shop.newDate({ maxActive: 1 });
      const first = await shop.web.join(line.scheduleId, 'c first');
      const second = await shop.web.join(line.scheduleId, 'c second');
      const { status, body } = await shop.ask('GET /c/queue/status', { token: second });
      const waits = { status: 'pending', waitingPosition: 2, estimatedWaitSeconds: expect.any(Number) };
      expect([status, body]).toStrictEqual(good(waits));
      await shop.web.delete(`/v1/schedules/${line.scheduleId}/queue/tickets/me`, { token: first });
      const over = { status: 'expired', waitingPosition: 0, estimatedWaitSeconds: 0 };
      expect(outcome(await shop.ask('GET /c/queue/status', { token: first }))).toStrictEqual(good(over));
      for (const token of [first, second]) {
        const calls = [
          await shop.ask('GET /c/concert/available-dates', { token }),
          await shop.ask(`GET /c/concert/available-seats?concertScheduleId=${line.scheduleId}`, { token }),
          await hold(token, line.seatIds[0]),
        ];
        expect(calls.map(outcome)).toStrictEqual(calls.map(() => unauthorized));
      }
      const lobby = await shop.web.newSchedule({ queue: { opensAt: '2099-12-01T09:00:00Z' } });
      await shop.web.join(lobby, 'c first');
      const token = await shop.web.join(lobby, 'c second');
      expect(outcome(await shop.ask('GET /c/queue/status', { token }))).toStrictEqual(
        good({ status: 'pending', waitingPosition: 2, estimatedWaitSeconds: 0 }),
      );
    });

    test('wants a queue token: one, of ours, of this date', async () => {
      const other = (await shop.buyer(await shop.newDate())).token;
      const lines = [
        ['GET /c/queue/status', undefined],
        ['GET /c/concert/available-dates', undefined],
        [`GET /c/concert/available-seats?concertScheduleId=${date.scheduleId}`, undefined],
        ['POST /c/reservation', { seatId: date.seatIds[0] }],
        ['POST /c/payment', { seatId: date.seatIds[0] }],
      ] as const;
      for (const [line, body] of lines) {
        for (const sent of [{ body }, { body, token: 'x' }]) {
          const reply = await shop.ask(line, sent);
          expect([line, ...outcome(reply)]).toStrictEqual([line, ...unauthorized]);
          expect(reply.headers['www-authenticate']).toBe('Queue-Token realm="boxoffice"');
        }
      }
      const seats = `GET /c/concert/available-seats?concertScheduleId=${date.scheduleId}`;
      expect(outcome(await shop.ask(seats, { token: other }))).toStrictEqual(unauthorized);
    });

    test('says which field is wrong, in the words of the contract', async () => {
      const { token } = await shop.buyer(date);
      const faults = [
        ...[undefined, {}, { userId: '' }, { userId: null }, { userId: true }, { userId: 'x'.repeat(65) }].map(
          (body) => ['POST /c/queue/issue', { body }, 'Invalid userId'] as const,
        ),
        ['POST /c/queue/issue', { body: { userId: 1, concertScheduleId: 'x' } }, 'Invalid concertScheduleId'],
        ...['', '?concertScheduleId=', '?concertScheduleId=x', '?concertScheduleId=-1'].map(
          (query) => [`GET /c/concert/available-seats${query}`, { token }, 'Invalid concertScheduleId'] as const,
        ),
        ...[{}, { seatId: '1' }, { seatId: 0 }, { seatId: 1.5 }].flatMap((body) => [
          ['POST /c/reservation', { token, body }, 'Invalid seatId'] as const,
          ['POST /c/payment', { token, body }, 'Invalid seatId'] as const,
        ]),
        ...[
          { userId: '1' },
          { amount: 1_000 },
          { amount: 0, userId: '1' },
          { amount: -1, userId: '1' },
          { amount: 10 ** 13, userId: '1' },
          { amount: '1000', userId: '1' },
        ].map((body) => ['POST /c/user/charge', { body }, 'Invalid amount or userId'] as const),
        ...['', '?userId=', `?userId=${'x'.repeat(65)}`, '?userId=1&userId=2'].map(
          (query) => [`GET /c/user/check${query}`, {}, 'Invalid userId'] as const,
        ),
      ] as const;
      for (const [line, sent, message] of faults) {
        expect([line, sent, ...outcome(await shop.ask(line, sent))]).toStrictEqual([line, sent, ...bad(400, message)]);
      }
    });

    test('refuses with the words of the services what the contract has no words for', async () => {
      const [owner, late, poor] = [await shop.buyer(date), await shop.buyer(date), await shop.buyer(date, 10)];
      const [taken, free] = date.seatIds.slice(20);
      expect([(await hold(owner.token, taken)).status, (await hold(poor.token, free)).status]).toEqual([200, 200]);
      for (const [reply, status] of [
        [await hold(late.token, taken), 409],
        [await pay(late.token, taken), 410],
        [await pay(poor.token, free), 402],
        [await shop.ask('GET /c/user/check?userId=nobody'), 404],
        [await shop.ask('POST /c/user/charge', { body: { amount: 1, userId: 'nobody' } }), 404],
      ] as const) {
        expect(outcome(reply)).toStrictEqual(bad(status, anyText));
      }
    });

    test('answers again what is asked again under its key', async () => {
      const { member, token } = await shop.buyer(date);
      const seat = date.seatIds[30];
      const [key, charge] = [randomUUID(), { key: randomUUID(), body: { amount: 500, userId: member } }];
      const lines = [
        (): Promise<Reply> => hold(token, seat, key),
        (): Promise<Reply> => pay(token, seat, key),
        (): Promise<Reply> => shop.ask('POST /c/user/charge', charge),
      ];
      for (const call of lines) {
        const [first, again] = [await call(), await call()];
        expect([first.status, first.headers['idempotency-replayed']]).toEqual([200, undefined]);
        expect([again.text, again.headers['idempotency-replayed']]).toEqual([first.text, 'true']);
      }
      expect(outcome(await pay(token, seat))).toStrictEqual(bad(409, anyText));
      expect((await shop.ask(`GET /c/user/check?userId=${member}`)).body).toMatchObject({ data: { balance: 4_500 } });
      expect(outcome(await hold(token, seat, 'x'))).toStrictEqual(
        bad(400, 'the request is invalid: Idempotency-Key: has to be a UUID'),
      );
    });

    test('never says COMPLETED of a payment that goes on, or was given back', async () => {
      const { member, token } = await shop.buyer(date);
      const [seat, key] = [date.seatIds[31], randomUUID()];
      await hold(token, seat);
      const goingOn = await shop.whileNobodyConfirms(member, (hasty) =>
        shop.ask('POST /c/payment', { token, key, body: { seatId: seat } }, hasty),
      );
      expect(outcome(goingOn)).toStrictEqual(bad(409, anyText));
      expect(goingOn.headers['retry-after']).toBe('1');
      const done = await shop.askUntil(
        () => pay(token, seat, key),
        ({ status }) => status === 200,
      );
      expect(dataOf(done)).toMatchObject({ status: 'COMPLETED' });
      const { body } = await shop.web.get(`/v1/members/${member}/entries`);
      const paymentId = body.entries.find(({ amount }) => amount < 0) as unknown as { paymentId: number };
      await shop.web.post(`/v1/payments/${paymentId.paymentId}/refund`);
      expect(outcome(await pay(token, seat, key))).toStrictEqual(bad(409, anyText));
    });
  });
}
