import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@boxoffice/runtime/testing/tests';
import { openPool, type Pool } from '@boxoffice/runtime/database/pool';
import { lockKeyOf } from '@boxoffice/runtime/database/request-scope';
import { transaction } from '@boxoffice/runtime/database/transaction';
import { newMember, startSystem, type System } from './system.ts';
import type { Answer, Sent, Web } from './web.ts';

const price = 1_000;
let system: System;
let web: Web;
let scheduleId: number;
let pools: { readonly inventory: Pool; readonly ledger: Pool };
beforeAll(async () => {
  system = await startSystem({ instances: 2 });
  ({ web } = system);
  scheduleId = await web.newSchedule({ queue: { maxActive: 0 }, seatCount: 500, price });
  const pool = (schema: string): Pool =>
    openPool({ url: system.databaseUrl, schema, applicationName: 'idempotency test', max: 2 });
  pools = { inventory: pool('inventory'), ledger: pool('ledger') };
});
afterAll(async () => {
  await Promise.all(Object.values(pools).map((pool) => pool[Symbol.asyncDispose]()));
  await system[Symbol.asyncDispose]();
});

const replayed = ({ headers }: Answer) => headers['idempotency-replayed'];
const outcome = (answer: Answer) => [answer.status, answer.body.reason, replayed(answer)];

/** A member with a balance who is admitted, and the calls that are made for them. */
interface Shopper {
  readonly member: string;
  readonly token: string;
  readonly hold: (key: string, body?: object) => Promise<Answer>;
  readonly charge: (key: string, amount?: number) => Promise<Answer>;
  readonly pay: (key: string, reservationId: number, body?: object) => Promise<Answer>;
  readonly refund: (key: string, paymentId: number) => Promise<Answer>;
}

async function shopper(balance = 10_000): Promise<Shopper> {
  const member = await web.newMember(newMember(), balance);
  const token = await web.admitted(scheduleId, member);
  const post = (path: string, sent: Sent): Promise<Answer> => web.post(path, { token, ...sent });
  return {
    member,
    token,
    hold: (key, body = { bestAvailable: 1 }) => post(`/v1/schedules/${scheduleId}/reservations`, { key, body }),
    charge: (key, amount = 100) => post(`/v1/members/${member}/charges`, { key, body: { amount } }),
    pay: (key, reservationId, body) => post(`/v1/reservations/${reservationId}/payment`, { key, body }),
    refund: (key, paymentId) => post(`/v1/payments/${paymentId}/refund`, { key }),
  };
}

interface Held extends Shopper {
  readonly reservationId: number;
}

interface Paid extends Held {
  readonly paymentId: number;
}

async function held(balance?: number): Promise<Held> {
  const who = await shopper(balance);
  return { ...who, reservationId: (await who.hold(randomUUID())).body.id };
}

async function paid(): Promise<Paid> {
  const who = await held();
  return { ...who, paymentId: (await who.pay(randomUUID(), who.reservationId)).body.id };
}

const balanceOf = async (member: string): Promise<number> =>
  (await web.get(`/v1/members/${member}/balance`)).body.balance;

/** Each operation, made ready to be called: its member, the call under a key, and the same under that key with another body. */
interface Ready {
  readonly member: string;
  readonly call: (key: string) => Promise<Answer>;
  readonly other: (key: string) => Promise<Answer>;
}

const operations: readonly (readonly [string, keyof typeof pools, string, () => Promise<Ready>])[] = [
  [
    'hold',
    'inventory',
    'HoldSeats',
    async () => {
      const { member, hold } = await shopper();
      return { member, call: hold, other: (key) => hold(key, { bestAvailable: 2 }) };
    },
  ],
  [
    'charge',
    'ledger',
    'Charge',
    async () => {
      const { member, charge } = await shopper(0);
      return { member, call: charge, other: (key) => charge(key, 101) };
    },
  ],
  [
    'payment',
    'ledger',
    'Pay',
    async () => {
      const { member, pay, reservationId } = await held();
      return {
        member,
        call: (key) => pay(key, reservationId),
        other: (key) => pay(key, reservationId, { amount: price }),
      };
    },
  ],
  [
    'refund',
    'ledger',
    'Refund',
    async () => {
      const { member, refund, paymentId } = await paid();
      return { member, call: (key) => refund(key, paymentId), other: (key) => refund(key, paymentId + 1) };
    },
  ],
];

describe.each(operations)('a %s', (_name, schema, operation, ready) => {
  test('that is made again is answered as the first time, and says so; with another body it is a mistake', async () => {
    const { member, call, other } = await ready();
    const key = randomUUID();
    const first = await call(key);
    expect(first.status).toBeLessThan(202);
    expect(replayed(first)).toBeUndefined();
    const balance = await balanceOf(member);
    const second = await call(key.toUpperCase());
    expect([second.status, second.text, replayed(second)]).toEqual([first.status, first.text, 'true']);
    expect(second.headers.location).toBe(first.headers.location);
    expect(outcome(await other(key))).toEqual([422, 'REQUEST_ID_REUSED', undefined]);
    expect(await balanceOf(member)).toBe(balance);
  });

  test('is refused while another with its key is under way, and done after it', async () => {
    const { member, call } = await ready();
    const key = randomUUID();
    const pool = pools[schema];
    const lock = lockKeyOf(pool, { partner: 'house', memberId: member, operation, requestId: key });
    const meanwhile = await transaction(pool, async (client) => {
      await client.query('select pg_advisory_xact_lock($1)', [lock]);
      return call(key);
    });
    expect(outcome(meanwhile)).toEqual([409, 'REQUEST_IN_FLIGHT', undefined]);
    expect(meanwhile.headers['retry-after']).toBe('1');
    const done = await call(key);
    expect([done.status < 202, replayed(done)]).toEqual([true, undefined]);
  });

  test('that failed for a fault of ours is done when it is made again', async () => {
    const { call } = await ready();
    const key = randomUUID();
    // Nothing can be kept or read while the table has another name.
    await pools[schema].query('alter table requests rename to away');
    const failed = await call(key);
    await pools[schema].query('alter table away rename to requests');
    expect([failed.status >= 500, replayed(failed)]).toEqual([true, undefined]);
    const done = await call(key);
    expect([done.status < 202, replayed(done)]).toEqual([true, undefined]);
    expect(outcome(await call(key))).toEqual([done.status, undefined, 'true']);
  });
});

describe('a refusal stays one', () => {
  test('of a hold, though the seat is open by now', async () => {
    const [rival, who] = await Promise.all([shopper(), shopper()]);
    const taken = await rival.hold(randomUUID());
    const body = { seatIds: [taken.body.seats[0]?.id] };
    const key = randomUUID();
    const first = await who.hold(key, body);
    expect(outcome(first)).toEqual([409, 'SEAT_TAKEN', undefined]);
    await web.delete(`/v1/reservations/${taken.body.id}`, { token: rival.token });
    const again = await who.hold(key, body);
    expect(outcome(again)).toEqual([409, 'SEAT_TAKEN', 'true']);
    expect(again.headers['content-type']).toMatch(/^application\/problem\+json/);
    expect({ ...again.body, requestId: '' }).toEqual({ ...first.body, requestId: '' });
    expect((await who.hold(randomUUID(), body)).status).toBe(201);
  });

  test('of a charge, though the account is there by now', async () => {
    const member = newMember();
    const sent = { key: randomUUID(), body: { amount: 100 } };
    const path = `/v1/members/${member}/charges`;
    expect(outcome(await web.post(path, sent))).toEqual([404, 'MEMBER_UNKNOWN', undefined]);
    await web.newMember(member, 0);
    expect(outcome(await web.post(path, sent))).toEqual([404, 'MEMBER_UNKNOWN', 'true']);
  });

  test('of a payment, though the money is there by now', async () => {
    const { pay, charge, reservationId } = await held(0);
    const [declined, mismatched] = [randomUUID(), randomUUID()];
    expect(outcome(await pay(declined, reservationId))).toEqual([402, 'BALANCE_TOO_LOW', undefined]);
    const wrong = { amount: price - 1 };
    expect(outcome(await pay(mismatched, reservationId, wrong))).toEqual([422, 'AMOUNT_MISMATCH', undefined]);
    await charge(randomUUID(), price);
    expect(outcome(await pay(declined, reservationId))).toEqual([402, 'BALANCE_TOO_LOW', 'true']);
    expect((await pay(randomUUID(), reservationId)).status).toBe(200);
    // The ticket is over, and the reservation paid.
    expect(outcome(await pay(mismatched, reservationId, wrong))).toEqual([422, 'AMOUNT_MISMATCH', 'true']);
  });

  test('of a refund', async () => {
    const { refund } = await shopper();
    const key = randomUUID();
    expect(outcome(await refund(key, 999_999_999))).toEqual([404, 'PAYMENT_UNKNOWN', undefined]);
    expect(outcome(await refund(key, 999_999_999))).toEqual([404, 'PAYMENT_UNKNOWN', 'true']);
  });
});

test('one key is good for every member, and for every operation of each', async () => {
  const key = randomUUID();
  for (const { charge, hold, pay, refund } of [await shopper(), await shopper()]) {
    const charged = await charge(key);
    const reservation = await hold(key);
    const payment = await pay(key, reservation.body.id);
    const refunded = await refund(key, payment.body.id);
    const answers = [charged, reservation, payment, refunded];
    expect(answers.map(({ status }) => status)).toEqual([201, 201, 200, 200]);
    expect(answers.map(replayed)).toEqual([undefined, undefined, undefined, undefined]);
  }
});

test('a payment that was refunded meanwhile is still answered', async () => {
  const { pay, refund, reservationId } = await held();
  const key = randomUUID();
  const first = await pay(key, reservationId);
  await refund(randomUUID(), first.body.id);
  const again = await pay(key, reservationId);
  expect([again.status, again.body.id, again.body.status, replayed(again)]).toEqual([
    200,
    first.body.id,
    'REFUNDED',
    'true',
  ]);
});

test('what is still under way when it is asked for again is answered 202 again', async () => {
  const hasty = await system.bff({ WRITE_TIMEOUT_MS: '1000' });
  const [buyer, returner] = await Promise.all([held(), paid()]);
  const calls = [
    [`/v1/reservations/${buyer.reservationId}/payment`, { token: buyer.token, key: randomUUID() }],
    [`/v1/payments/${returner.paymentId}/refund`, { token: returner.token, key: randomUUID() }],
  ] as const;
  const both = (): Promise<Answer[]> => Promise.all(calls.map(([path, sent]) => hasty.post(path, sent)));
  const [first, second] = await transaction(pools.inventory, async (client) => {
    // Who confirms or revokes has to wait.
    const ids = [buyer.reservationId, returner.reservationId];
    await client.query('select from reservations where id = any ($1) order by id for update', [ids]);
    return [await both(), await both()];
  });
  const statuses = (answers: readonly Answer[]) => answers.map(({ status, body }) => [status, body.status]);
  const underWay = [
    [202, 'RESERVED'],
    [202, 'REFUNDING'],
  ];
  expect([statuses(first), first.map(replayed)]).toEqual([underWay, [undefined, undefined]]);
  expect([statuses(second), second.map(replayed)]).toEqual([underWay, ['true', 'true']]);
  expect(second.map(({ headers }) => headers.location)).toEqual(first.map(({ headers }) => headers.location));
  for (const [index, status] of ['PAID', 'REFUNDED'].entries()) {
    await web.until(first[index]?.headers.location ?? '', {}, ({ body }) => body.status === status);
  }
});

test('what an operator enters again is told as a replay, a date only when its queue is one too', async () => {
  const [ofConcert, ofDate] = [randomUUID(), randomUUID()];
  const enter = () => web.admin('POST', '/concerts', { key: ofConcert, body: { name: 'Concert' } });
  const [concert, again] = [await enter(), await enter()];
  expect([concert, again].map(replayed)).toEqual([undefined, 'true']);
  expect(again.text).toBe(concert.text);
  const body = { date: '2099-12-24', seatCount: 5, price };
  const date = () => web.admin('POST', `/concerts/${concert.body.id}/schedules`, { key: ofDate, body });
  const first = await date();
  expect([first.status, replayed(first)]).toEqual([201, undefined]);
  expect(replayed(await date())).toBe('true');
  // As if the first try had come no further than the date.
  await using queue = openPool({ url: system.databaseUrl, schema: 'queue', applicationName: 'idempotency test' });
  await queue.query(`delete from requests where operation = 'OpenQueue' and created_at >= all (
    select created_at from requests where operation = 'OpenQueue')`);
  const completed = await date();
  expect([completed.status, completed.body.id, replayed(completed)]).toEqual([201, first.body.id, undefined]);
});

test('a key is forgotten after 72 hours', async () => {
  const { member, charge, hold } = await shopper(0);
  const [old, young] = [randomUUID(), randomUUID()];
  await Promise.all([charge(old), charge(young), hold(old), hold(young)]);
  const age = (pool: Pool, key: string, hours: number) =>
    pool.query('update requests set created_at = created_at - make_interval(hours => $1) where request_id = $2', [
      hours,
      key,
    ]);
  const kept = async (pool: Pool) => {
    const found = 'select request_id from requests where member_id = $1';
    return (await pool.query<{ request_id: string }>(found, [member])).rows.map(({ request_id: id }) => id);
  };
  for (const pool of Object.values(pools)) {
    await age(pool, young, 71);
    await age(pool, old, 73);
    await until(async () => !(await kept(pool)).includes(old));
    expect(await kept(pool)).toEqual([young]);
  }
  expect([replayed(await charge(old)), replayed(await charge(young))]).toEqual([undefined, 'true']);
  expect(await balanceOf(member)).toBe(300);
});

async function until(condition: () => Promise<boolean>): Promise<void> {
  const endMs = performance.now() + 20_000;
  while (!(await condition())) {
    if (performance.now() > endMs) throw new Error(`not so after 20 s: ${condition.toString()}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
