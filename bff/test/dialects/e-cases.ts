import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, test } from '@boxoffice/runtime/testing/tests';
import { anyText, dataOf, outcome, type DialectShop, type Reply, type ShopDate } from './dialect-shop.ts';

const good = (data: unknown): [number, unknown] => [200, { result: '200', message: 'Success', data }];
const bad = (status: number, message: string): [number, unknown] => [status, { result: String(status), message }];
const unauthorized = bad(401, 'Invalid or expired token');
const invalid = bad(400, 'Missing or invalid parameters');

/** The tests of dialect E. */
export function dialectECases(theShop: () => DialectShop): void {
  describe('dialect E', () => {
    let shop: DialectShop;
    let date: ShopDate;
    beforeAll(async () => {
      shop = theShop();
      date = await shop.newDate(undefined, { bookingClosesAt: '2099-12-24T03:30:00Z' });
    });
    const reserve = (body: object, key?: string): Promise<Reply> =>
      shop.ask('POST /e/api/reserve', {
        body: { concertOptionId: date.scheduleId, ...body },
        ...(key !== undefined && { key }),
      });

    test('plays a whole purchase', async () => {
      const { concertId, scheduleId: concertOptionId, seatIds } = date;
      const userId = await shop.newMember();
      const charged = await shop.ask('PATCH /e/api/balance/charge', { body: { userId, amount: 5_000 } });
      expect([charged.status, charged.text]).toEqual([200, '{"balance":5000.00}']);
      const issued = await shop.ask('POST /e/api/token', { body: { userId, concertOptionId } });
      // The end of booking, as the clocks in Korea show it.
      const ticket = { token: anyText, queuePosition: 1, expiresAt: '2099-12-24T12:30:00' };
      expect(outcome(issued)).toStrictEqual(good(ticket));
      const admitted = await shop.until(
        'POST /e/api/token',
        { body: { userId, concertOptionId } },
        (reply) => dataOf<{ queuePosition: number }>(reply).queuePosition === 0,
      );
      const local = expect.stringMatching(/^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d$/) as unknown as string;
      const { token, expiresAt } = dataOf<{ token: string; expiresAt: string }>(admitted);
      expect(outcome(admitted)).toStrictEqual(good({ token, queuePosition: 0, expiresAt: local }));
      const endsMs = Date.parse(`${expiresAt}+09:00`) - Date.now();
      expect(endsMs).toBeGreaterThan(200_000);
      expect(endsMs).toBeLessThan(301_000);

      const sent = { bearer: token };
      expect(outcome(await shop.ask(`GET /e/api/${concertId}/available-dates`, sent))).toStrictEqual([
        200,
        { concertOptions: [{ concertOptionId, concertDate: '2099-12-24' }] },
      ]);
      const open = seatIds.map((seatId, index) => ({
        seatId,
        seatNumber: `${'ABCDE'.charAt(Math.floor(index / 10))}${index + 1}`,
        status: '열림',
      }));
      const seats = `GET /e/api/${concertOptionId}/available-seats`;
      expect(outcome(await shop.ask(seats, sent))).toStrictEqual([200, { seats: open }]);
      const seatId = seatIds[0] ?? 0;
      const reserved = await reserve({ token, seatId, userId });
      expect(outcome(reserved)).toStrictEqual(good({ reservationId: expect.any(Number) }));
      const isTaken = ({ body }: Reply): boolean => (body as { seats: unknown[] }).seats.length === 49;
      expect(outcome(await shop.until(seats, sent, isTaken))).toStrictEqual([200, { seats: open.slice(1) }]);
      const { reservationId } = dataOf<{ reservationId: number }>(reserved);
      const paid = await shop.ask('POST /e/api/pay', { body: { token, reservationId, amount: 1_000 } });
      expect(outcome(paid)).toStrictEqual(good({ paymentId: expect.any(Number) }));
      const { paymentId } = dataOf<{ paymentId: number }>(paid);
      expect((await shop.web.get(`/v1/payments/${paymentId}`)).body).toMatchObject({ status: 'PAID', reservationId });
      const checked = await shop.ask(`GET /e/api/balance?userId=${userId}`);
      expect([checked.status, checked.text]).toEqual([200, '{"balance":4000.00}']);
    });

    test('takes an amount with decimals, of whole won', async () => {
      const userId = await shop.newMember();
      const charge = (amount: string): Promise<Reply> =>
        shop.ask('PATCH /e/api/balance/charge', { body: `{"userId":"${userId}","amount":${amount}}` });
      expect((await charge('5000.00')).text).toBe('{"balance":5000.00}');
      for (const amount of ['0.50', '5000.01', '0.00', '-5.00', '"5000"', '1e300', '1000000000001.00', 'null']) {
        expect([amount, ...outcome(await charge(amount))]).toStrictEqual([amount, ...invalid]);
      }
      expect((await shop.ask(`GET /e/api/balance?userId=${userId}`)).text).toBe('{"balance":5000.00}');
    });

    test('takes the token from the header or the body, for its own member only', async () => {
      const { member: userId, token } = await shop.buyer(date);
      const [seatId] = date.seatIds.slice(20);
      const body = { concertOptionId: date.scheduleId, seatId, userId };
      const calls: readonly (readonly [object, string | undefined])[] = [
        [body, undefined],
        [body, 'x'],
        [{ ...body, token: 'x' }, undefined],
        [{ ...body, token: 5 }, undefined],
        [{ ...body, userId: 'somebody else' }, token],
        [{ ...body, userId: 'somebody else', token }, undefined],
      ];
      for (const [sent, bearer] of calls) {
        const reply = await shop.ask('POST /e/api/reserve', { body: sent, ...(bearer !== undefined && { bearer }) });
        expect([sent, ...outcome(reply)]).toStrictEqual([sent, ...unauthorized]);
        expect(reply.headers['www-authenticate']).toBe('Bearer realm="boxoffice"');
      }
      const reserved = await shop.ask('POST /e/api/reserve', { body, bearer: token });
      expect(outcome(reserved)).toStrictEqual(good({ reservationId: expect.any(Number) }));
      const order = { ...dataOf<object>(reserved), amount: '1000.00' };
      for (const bearer of ['x', undefined]) {
        const reply = await shop.ask('POST /e/api/pay', {
          body: { ...order, amount: 1_000 },
          ...(bearer !== undefined && { bearer }),
        });
        expect(outcome(reply)).toStrictEqual(unauthorized);
      }
      const key = randomUUID();
      const text = JSON.stringify(order).replace('"1000.00"', '1000.00');
      const [first, again] = [
        await shop.ask('POST /e/api/pay', { body: text, bearer: token, key }),
        await shop.ask('POST /e/api/pay', { body: text, bearer: token, key }),
      ];
      expect(outcome(first)).toStrictEqual(good({ paymentId: expect.any(Number) }));
      expect([again.text, again.headers['idempotency-replayed']]).toEqual([first.text, 'true']);
    });

    test('shows dates and seats to who is admitted, and to nobody else', async () => {
      const line = await shop.newDate({ maxActive: 1 });
      const over = await shop.web.join(line.scheduleId, 'e over');
      await shop.web.delete(`/v1/schedules/${line.scheduleId}/queue/tickets/me`, { token: over });
      const waits = await shop.web.join(line.scheduleId, 'e waits');
      for (const bearer of [undefined, 'x', over, waits]) {
        const sent = bearer === undefined ? {} : { bearer };
        for (const path of [`${date.concertId}/available-dates`, `${line.scheduleId}/available-seats`]) {
          expect(outcome(await shop.ask(`GET /e/api/${path}`, sent))).toStrictEqual(unauthorized);
        }
      }
      const { token: bearer } = await shop.buyer(date);
      expect(outcome(await shop.ask(`GET /e/api/${line.scheduleId}/available-seats`, { bearer }))).toStrictEqual(
        unauthorized,
      );
      const elsewhere = await shop.ask(`GET /e/api/${line.concertId}/available-dates`, { bearer });
      expect(elsewhere.body).toEqual({
        concertOptions: [{ concertOptionId: line.scheduleId, concertDate: '2099-12-24' }],
      });
      expect(outcome(await shop.ask('GET /e/api/9007199254740991/available-dates', { bearer }))).toStrictEqual(
        bad(404, anyText),
      );
      for (const path of ['x/available-dates', '0/available-seats']) {
        expect(outcome(await shop.ask(`GET /e/api/${path}`, { bearer }))).toStrictEqual(invalid);
      }
    });

    test('says which field is wrong, in the words of the contract', async () => {
      const { token } = await shop.buyer(date);
      const order = { token, concertOptionId: 1, seatId: 1, userId: 1 };
      const faults = [
        ...[undefined, {}, { userId: '' }, { userId: 1.5 }, { userId: [] }].map(
          (body) => ['POST /e/api/token', { body }, 'Missing or invalid userId'] as const,
        ),
        ['POST /e/api/token', { body: { userId: 1, concertOptionId: 'x' } }, 'Missing or invalid parameters'],
        ...[{}, { ...order, seatId: 0 }, { ...order, userId: '' }, { ...order, concertOptionId: 'x' }].map(
          (body) => ['POST /e/api/reserve', { body }, 'Missing or invalid parameters'] as const,
        ),
        ...[{}, { userId: 1 }, { amount: 1 }].map(
          (body) => ['PATCH /e/api/balance/charge', { body }, 'Missing or invalid parameters'] as const,
        ),
        ...['', '?userId='].map(
          (query) => [`GET /e/api/balance${query}`, {}, 'Missing or invalid parameters'] as const,
        ),
        ...[{}, { token, reservationId: 1 }, { token, amount: 1 }, { token, reservationId: 'x', amount: 1 }].map(
          (body) => ['POST /e/api/pay', { body }, 'Missing or invalid parameters'] as const,
        ),
      ] as const;
      for (const [line, sent, message] of faults) {
        expect([line, sent, ...outcome(await shop.ask(line, sent))]).toStrictEqual([line, sent, ...bad(400, message)]);
      }
    });

    test('refuses with the words of the services what the contract has no words for', async () => {
      const { member: userId, token } = await shop.buyer(date);
      const late = await shop.buyer(date);
      const [seatId] = date.seatIds.slice(30);
      const { reservationId } = dataOf<{ reservationId: number }>(await reserve({ token, seatId, userId }));
      const pay = (body: object): Promise<Reply> => shop.ask('POST /e/api/pay', { body: { reservationId, ...body } });
      for (const [reply, status] of [
        [await reserve({ token: late.token, seatId, userId: late.member }), 409],
        [await pay({ token, amount: 999 }), 422],
        [await pay({ token: late.token, amount: 1_000 }), 404],
        [await shop.ask('GET /e/api/balance?userId=nobody'), 404],
        [await shop.ask('PATCH /e/api/balance/charge', { body: { userId: 'nobody', amount: 1 } }), 404],
      ] as const) {
        expect(outcome(reply)).toStrictEqual(bad(status, anyText));
      }
    });
  });
}
