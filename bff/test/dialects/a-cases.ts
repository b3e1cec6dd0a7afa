import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, test } from '@boxoffice/runtime/testing/tests';
import { anyText, dataOf, outcome, type DialectShop, type Reply, type ShopDate } from './dialect-shop.ts';

const succ = (data: unknown): [number, unknown] => [200, { code: 'SUCC', data }];
const refused = (status: number, code: string): [number, unknown] => [status, { code, message: anyText }];

/** The tests of dialect A. */
export function dialectACases(theShop: () => DialectShop): void {
  describe('dialect A', () => {
    let shop: DialectShop;
    let date: ShopDate;
    beforeAll(async () => {
      shop = theShop();
      date = await shop.newDate();
    });
    const seatsOf = (token: string): Promise<Reply> =>
      shop.ask(`GET /a/concerts/${date.concertId}/info/${date.scheduleId}/seats`, { bearer: token });
    const hold = (token: string, concertSeatId: number): Promise<Reply> =>
      shop.ask('POST /a/concerts/seats', { body: { token, concertInfoId: date.scheduleId, concertSeatId } });
    const pay = (token: string, concertSeatId: number, amount = 1_000, key?: string): Promise<Reply> =>
      shop.ask('PATCH /a/accounts/payment', {
        body: { token, concertInfoId: date.scheduleId, concertSeatId, amount },
        ...(key !== undefined && { key }),
      });
    const seatStatus = async (token: string, index: number): Promise<unknown> =>
      dataOf<Record<string, unknown>[]>(await seatsOf(token))[index]?.['concertSeatStatus'];

    test('plays a whole purchase', async () => {
      const { concertId, scheduleId: concertInfoId, seatIds } = date;
      const memberId = await shop.newMember();
      const other = await shop.buyer(date);
      const charged = await shop.ask('PATCH /a/accounts/charge', { body: { memberId, amount: 30_000 } });
      expect(outcome(charged)).toStrictEqual(succ({ balance: 30_000 }));
      const issued = await shop.ask('POST /a/queues/token', { body: { userId: memberId, concertInfoId } });
      expect(outcome(issued)).toStrictEqual(succ({ token: anyText }));
      const { token } = dataOf<{ token: string }>(issued);
      const waiting = (reply: Reply): boolean => dataOf<{ waitingNumber: number }>(reply).waitingNumber > 0;
      const admitted = await shop.until('GET /a/queues/waiting_number', { bearer: token }, (reply) => !waiting(reply));
      expect(outcome(admitted)).toStrictEqual(succ({ waitingNumber: 0 }));
      const again = await shop.ask(`GET /a/queues/waiting_number?token=${token}`);
      expect(outcome(again)).toStrictEqual(succ({ waitingNumber: 0 }));
      expect(outcome(await shop.ask(`GET /a/concerts/${concertId}/info`))).toStrictEqual(
        succ([{ concertId, concertInfoId, concertName: 'Concert', concertDate: '2099-12-24' }]),
      );
      expect(outcome(await seatsOf(token))).toStrictEqual(
        succ(
          seatIds.map((concertSeatId, index) => ({
            concertInfoId,
            concertSeatId,
            concertSeatNumber: index + 1,
            concertSeatStatus: 'OPEN',
          })),
        ),
      );
      const concertSeatId = seatIds[4] ?? 0;
      expect(outcome(await hold(token, concertSeatId))).toStrictEqual(succ({ concertSeatId, expireMinute: 5 }));
      expect(await seatStatus(other.token, 4)).toBe('PAYMENT_WAIT');
      const booked = { concertName: 'Concert', concertDate: '2099-12-24', concertSeatNumber: 5, paymentAmount: 1_000 };
      expect(outcome(await pay(token, concertSeatId))).toStrictEqual(succ(booked));
      expect(await seatStatus(other.token, 4)).toBe('CLOSE');
      const bookings = await shop.ask(`GET /a/concerts/booking/${memberId}/info`);
      const booking = { bookingId: expect.any(Number), ...booked };
      expect(outcome(bookings)).toStrictEqual(succ([booking]));
      const { bookingId } = dataOf<[{ bookingId: number }]>(bookings)[0];
      const one = await shop.ask(`GET /a/concerts/booking/${memberId}/info/${bookingId}`);
      expect(outcome(one)).toStrictEqual(succ({ ...booked, bookingId }));
      expect(outcome(await shop.ask(`GET /a/accounts/${memberId}/balance`))).toStrictEqual(succ({ balance: 29_000 }));
      expect(outcome(await shop.ask(`GET /a/concerts/booking/${other.member}/info/${bookingId}`))).toStrictEqual(
        refused(404, 'RESERVATION_UNKNOWN'),
      );
    });

    test('tells the number in line, that of a ticket in a lobby, and that a ticket is over', async () => {
      const line = await shop.newDate({ maxActive: 1 });
      const tokens: string[] = [];
      for (const userId of ['first', 'second']) {
        const body = { userId, concertInfoId: line.scheduleId };
        tokens.push(dataOf<{ token: string }>(await shop.ask('POST /a/queues/token', { body })).token);
      }
      const [first = '', second = ''] = tokens;
      const numberOf = (token: string): Promise<Reply> => shop.ask(`GET /a/queues/waiting_number?token=${token}`);
      expect(outcome(await numberOf(first))).toStrictEqual(succ({ waitingNumber: 1 }));
      expect(outcome(await numberOf(second))).toStrictEqual(succ({ waitingNumber: 2 }));
      await shop.web.delete(`/v1/schedules/${line.scheduleId}/queue/tickets/me`, { token: first });
      expect(outcome(await numberOf(first))).toStrictEqual(refused(410, 'TICKET_OVER'));
      const seats = `GET /a/concerts/${line.concertId}/info/${line.scheduleId}/seats`;
      expect(outcome(await shop.ask(seats, { bearer: second }))).toStrictEqual(refused(403, 'TICKET_WAITING'));

      const lobby = await shop.web.newSchedule({ queue: { opensAt: '2099-12-01T09:00:00Z' } });
      for (const waitingNumber of [1, 2]) {
        const body = { userId: `lobby ${waitingNumber}`, concertInfoId: lobby };
        const { token } = dataOf<{ token: string }>(await shop.ask('POST /a/queues/token', { body }));
        expect(outcome(await numberOf(token))).toStrictEqual(succ({ waitingNumber }));
      }
    });

    test('lists bookings newest first, of paid seats only, without those that were given back', async () => {
      const { member, token } = await shop.buyer(date);
      const held = await shop.web.post(`/v1/schedules/${date.scheduleId}/reservations`, {
        token,
        body: { seatIds: date.seatIds.slice(10, 12) },
      });
      expect(dataOf(await shop.ask(`GET /a/concerts/booking/${member}/info`))).toEqual([]);
      expect(outcome(await shop.ask(`GET /a/concerts/booking/${member}/info/${held.body.id}`))).toStrictEqual(
        refused(404, 'RESERVATION_UNKNOWN'),
      );
      const first = await shop.web.post(`/v1/reservations/${held.body.id}/payment`, { token });
      const secondToken = await shop.web.admitted(date.scheduleId, String(member));
      await hold(secondToken, date.seatIds[12] ?? 0);
      await pay(secondToken, date.seatIds[12] ?? 0);
      const listed = async (): Promise<unknown[]> =>
        dataOf<{ concertSeatNumber: number; paymentAmount: number }[]>(
          await shop.ask(`GET /a/concerts/booking/${member}/info`),
        ).map(({ concertSeatNumber, paymentAmount }) => [concertSeatNumber, paymentAmount]);
      expect(await listed()).toEqual([
        [13, 1_000],
        [11, 2_000],
      ]);
      await shop.web.post(`/v1/payments/${first.body.id}/refund`, { body: { seatIds: [date.seatIds[10]] } });
      expect(await listed()).toEqual([
        [13, 1_000],
        [12, 1_000],
      ]);
      await shop.web.post(`/v1/payments/${first.body.id}/refund`);
      expect(await listed()).toEqual([[13, 1_000]]);
    });

    test('refuses what the services refuse, with their reasons', async () => {
      const [taken = 0, free = 0] = date.seatIds.slice(20);
      const [owner, late, poor] = [await shop.buyer(date), await shop.buyer(date), await shop.buyer(date, 10)];
      expect((await hold(owner.token, taken)).status).toBe(200);
      expect((await hold(poor.token, free)).status).toBe(200);
      const other = await shop.newDate();
      const stranger = (await shop.buyer(other)).token;
      const unknown = 9_007_199_254_740_991;
      const body = { token: owner.token, concertInfoId: date.scheduleId, concertSeatId: taken, amount: 1_000 };
      const elsewhere = `GET /a/concerts/${other.concertId}/info/${date.scheduleId}/seats`;
      const refusals: readonly [Reply, number, string][] = [
        [await hold(late.token, taken), 409, 'SEAT_TAKEN'],
        [await hold(late.token, unknown), 404, 'SEAT_UNKNOWN'],
        [await hold(stranger, taken), 403, 'TOKEN_OF_ANOTHER_SCHEDULE'],
        [await hold('x', taken), 401, 'TOKEN_INVALID'],
        [await pay(late.token, taken), 410, 'HOLD_OVER'],
        [await pay(owner.token, taken, 999), 422, 'AMOUNT_MISMATCH'],
        [await pay(stranger, taken), 403, 'TOKEN_OF_ANOTHER_SCHEDULE'],
        [await pay(poor.token, free), 402, 'BALANCE_TOO_LOW'],
        [await shop.ask('PATCH /a/accounts/payment', { body: { ...body, token: 5 } }), 401, 'TOKEN_INVALID'],
        [await shop.ask('GET /a/queues/waiting_number'), 401, 'TOKEN_INVALID'],
        [await shop.ask('GET /a/queues/waiting_number?token=x&token=x'), 400, 'REQUEST_INVALID'],
        [await seatsOf('x'), 401, 'TOKEN_INVALID'],
        [await shop.ask(elsewhere, { bearer: owner.token }), 404, 'SCHEDULE_UNKNOWN'],
        [await shop.ask(`GET /a/concerts/${unknown}/info`), 404, 'CONCERT_UNKNOWN'],
        [await shop.ask('GET /a/accounts/nobody/balance'), 404, 'MEMBER_UNKNOWN'],
        [await shop.ask('GET /a/concerts/booking/nobody/info'), 404, 'MEMBER_UNKNOWN'],
        [
          await shop.ask('PATCH /a/accounts/charge', { body: { memberId: 'nobody', amount: 1 } }),
          404,
          'MEMBER_UNKNOWN',
        ],
        [await shop.ask('POST /a/queues/token', { body: { userId: 1, concertInfoId: unknown } }), 404, 'QUEUE_UNKNOWN'],
      ];
      for (const [reply, status, code] of refusals) {
        expect(outcome(reply)).toStrictEqual(refused(status, code));
      }
    });

    test.each([
      ['POST /a/queues/token', { userId: '', concertInfoId: 1 }],
      ['POST /a/queues/token', { userId: 1.5, concertInfoId: 1 }],
      ['POST /a/queues/token', { userId: 1 }],
      ['POST /a/queues/token', { userId: 1, concertInfoId: '1' }],
      ['POST /a/queues/token', { userId: 1, concertInfoId: 0 }],
      ['POST /a/concerts/seats', { token: 'x', concertInfoId: 1 }],
      ['PATCH /a/accounts/charge', { memberId: 1, amount: 0 }],
      ['PATCH /a/accounts/charge', { memberId: 1, amount: -5 }],
      ['PATCH /a/accounts/charge', { memberId: 1, amount: 1.5 }],
      ['PATCH /a/accounts/charge', { amount: 5 }],
      ['PATCH /a/accounts/payment', { token: 'x', concertInfoId: 1, concertSeatId: 1 }],
      ['GET /a/concerts/0/info', undefined],
      ['GET /a/concerts/x/info/1/seats', undefined],
      ['GET /a/concerts/booking/1/info/x', undefined],
      [`GET /a/accounts/${'x'.repeat(65)}/balance`, undefined],
    ])('finds a field wrong: %s %j', async (line, body) => {
      expect(outcome(await shop.ask(line, { body }))).toStrictEqual(refused(400, 'REQUEST_INVALID'));
    });

    test('takes members by number and by text, which are the same', async () => {
      const member = await shop.newMember();
      const charge = (memberId: unknown): Promise<Reply> =>
        shop.ask('PATCH /a/accounts/charge', { body: { memberId, amount: 10 } });
      expect(outcome(await charge(member))).toStrictEqual(succ({ balance: 10 }));
      expect(outcome(await charge(String(member)))).toStrictEqual(succ({ balance: 20 }));
    });

    test('answers a payment again under its key, and refuses it under another', async () => {
      const { token } = await shop.buyer(date);
      const seat = date.seatIds[30] ?? 0;
      await hold(token, seat);
      const key = randomUUID();
      const [first, again, other] = [
        await pay(token, seat, 1_000, key),
        await pay(token, seat, 1_000, key),
        await pay(token, seat),
      ];
      expect(first.headers['idempotency-replayed']).toBeUndefined();
      expect([again.text, again.headers['idempotency-replayed']]).toEqual([first.text, 'true']);
      expect(outcome(other)).toStrictEqual(refused(409, 'RESERVATION_PAID'));
      expect(outcome(await pay(token, seat, 1_001, key))).toStrictEqual(refused(422, 'REQUEST_ID_REUSED'));
    });
  });
}
