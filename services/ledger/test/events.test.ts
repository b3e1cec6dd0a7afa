import { timestampDate } from '@bufbuild/protobuf/wkt';
import { afterAll, beforeAll, describe, expect, test } from '@boxoffice/runtime/testing/tests';
import type { Event } from '@boxoffice/proto/events';
import { InventoryAdminService, InventoryService } from '@boxoffice/proto/inventory';
import { LedgerService } from '@boxoffice/proto/ledger';
import { QueueAdminService, QueueService } from '@boxoffice/proto/queue';
import { reasonOf } from '@boxoffice/runtime/error';
import type { App } from '@boxoffice/runtime/program';
import { tick } from '@boxoffice/queue/admission';

import { BoxOffice, type Caller } from './box-office.ts';
import { assertInvariants, prepare, refusalOf } from './purchase.ts';
import { until } from './until.ts';

/** All three services, each with its stream of events. */
let office: BoxOffice;
let ledger: App;
let scheduleId: bigint;
beforeAll(async () => {
  office = await BoxOffice.open();
  ledger = await office.startLedger();
  scheduleId = await office.schedule({ seatCount: 50, price: 1_000n });
});
afterAll(() => office[Symbol.asyncDispose]());

type Watch = (
  request: { afterCursor?: string; types?: string[] },
  options: { signal: AbortSignal },
) => AsyncIterable<{ events: Event[]; cursor: string }>;

function watches(caller: Caller): Record<'queue' | 'inventory' | 'ledger', Watch> {
  return {
    queue: office.client(QueueService, office.queueAddress, caller).watchEvents,
    inventory: office.client(InventoryService, office.inventoryAddress, caller).watchEvents,
    ledger: office.client(LedgerService, ledger.address, caller).watchEvents,
  };
}

/** Who watches a service, and keeps what has come. */
class Watcher implements AsyncDisposable {
  readonly events: Event[] = [];
  readonly #end = new AbortController();
  readonly ended: Promise<string | undefined>;
  cursor = '';

  constructor(watch: Watch, request: { afterCursor?: string; types?: string[] } = {}) {
    this.ended = this.#read(watch(request, { signal: this.#end.signal })).catch((error: unknown) => reasonOf(error));
  }

  async #read(messages: AsyncIterable<{ events: Event[]; cursor: string }>): Promise<undefined> {
    for await (const { events, cursor } of messages) {
      this.events.push(...events);
      this.cursor = cursor;
    }
  }

  /** What has happened to a subject so far, in short: `held`, `confirmed`. */
  of(subject: string): string[] {
    return this.events.filter((event) => event.subject === subject).map(shortTypeOf);
  }

  async sees(subject: string, types: string[]): Promise<void> {
    const seen = await until(
      async () => this.of(subject),
      (found) => found.length >= types.length,
    );
    expect(seen).toEqual(types);
  }

  data(subject: string, type: string): Record<string, unknown> {
    const event = this.events.find((one) => one.subject === subject && shortTypeOf(one) === type);
    return JSON.parse(event?.data ?? 'null') as Record<string, unknown>;
  }

  async open(): Promise<this> {
    await until(
      async () => this.cursor,
      (cursor) => cursor !== '',
    );
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#end.abort();
    await this.ended;
  }
}

/** `boxoffice.ledger.payment.paid.v1` is `paid`. */
function shortTypeOf({ type }: Event): string {
  return type.split('.').at(-2) ?? '';
}

test('a purchase is told by all three services, in the order in which it happened', async () => {
  const { queue, inventory, ledger: money } = watches('operator');
  await using tickets = new Watcher(queue);
  await using reservations = new Watcher(inventory);
  await using payments = new Watcher(money);
  const client = office.ledger(ledger);
  const { memberId, token, reservation } = await prepare(office, client, { scheduleId, balance: 5_000n, seats: 2 });
  const { payment } = await client.pay({ token, reservationId: reservation.id });
  const paymentId = payment?.id ?? 0n;
  await client.refund({ paymentId });

  await reservations.sees(`reservations/${reservation.id}`, ['held', 'confirmed', 'refunded']);
  expect(reservations.data(`reservations/${reservation.id}`, 'held')).toEqual({
    reservationId: Number(reservation.id),
    memberId,
    scheduleId: Number(scheduleId),
    seatIds: reservation.seats.map(({ id }) => Number(id)),
    amount: 2_000,
    expiresAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/),
  });
  expect(reservations.data(`reservations/${reservation.id}`, 'confirmed')).toMatchObject({
    paymentId: Number(paymentId),
  });
  await payments.sees(`payments/${paymentId}`, ['paid', 'refunded']);
  expect(payments.data(`payments/${paymentId}`, 'paid')).toMatchObject({
    paymentId: Number(paymentId),
    memberId,
    reservationId: Number(reservation.id),
    amount: 2_000,
    currencyCode: 'KRW',
  });
  await until(
    async () => payments.events.filter(({ subject }) => subject.startsWith('accounts/')).map(shortTypeOf),
    (types) => types.includes('opened'),
  );
  await tickets.sees(`queues/${scheduleId}`, ['opened', 'issued', 'admitted', 'completed']);
  expect(tickets.data(`queues/${scheduleId}`, 'completed')).toMatchObject({
    numbers: [1],
    memberIds: [memberId],
    paymentIds: [Number(paymentId)],
  });
  const [first] = payments.events;
  expect(first?.source).toBe('boxoffice/ledger');
  expect(first?.time && timestampDate(first.time).getTime()).toBeGreaterThan(Date.now() - 600_000);
  await assertInvariants(office);
});

test('a payment that fails is told of: declined, or voided', async () => {
  await using payments = new Watcher(watches('operator').ledger, {
    types: ['boxoffice.ledger.payment.declined.v1', 'boxoffice.ledger.payment.voided.v1'],
  });
  const client = office.ledger(ledger);
  const poor = await prepare(office, client, { scheduleId });
  expect(await refusalOf(client.pay({ token: poor.token, reservationId: poor.reservation.id }))).toBe(
    'BALANCE_TOO_LOW',
  );
  await until(
    async () => payments.events,
    (events) => events.length >= 1,
  );
  expect(payments.events.map(shortTypeOf)).toEqual(['declined']);
  expect(JSON.parse(payments.events[0]?.data ?? '')).toMatchObject({ reason: 'BALANCE_TOO_LOW' });
});

describe('a reservation', () => {
  test('that is extended and given up, and one that runs out', async () => {
    await using watcher = new Watcher(watches('operator').inventory);
    const client = office.client(InventoryService, office.inventoryAddress, 'bff');
    const token = await office.admitted(scheduleId, 'extends');
    const { id } = await office.hold(token, scheduleId);
    await client.extendHold({ token, reservationId: id });
    await client.releaseReservation({ reservationId: id });
    await watcher.sees(`reservations/${id}`, ['held', 'extended', 'cancelled']);

    const short = await office.schedule({ seatCount: 1, price: 1n, holdSeconds: 1 });
    const lapsing = await office.hold(await office.admitted(short, 'lapses'), short);
    await until(
      () => office.client(InventoryService, office.inventoryAddress, 'worker').sweepExpiredHolds({}),
      ({ swept }) => swept > 0,
    );
    await watcher.sees(`reservations/${lapsing.id}`, ['held', 'expired']);
  });

  test('of a date that is called off; its date, its price', async () => {
    await using watcher = new Watcher(watches('operator').inventory);
    const admin = office.client(InventoryAdminService, office.inventoryAddress, 'operator');
    const doomed = await office.schedule({ seatCount: 2, price: 1n });
    await admin.changePrice({ scheduleId: doomed, price: 2n });
    await admin.changePrice({ scheduleId: doomed, price: 2n }); // Changes nothing.
    const held = await office.hold(await office.admitted(doomed, 'unlucky'), doomed);
    await admin.cancelSchedule({ scheduleId: doomed });
    await admin.cancelSchedule({ scheduleId: doomed });
    await watcher.sees(`reservations/${held.id}`, ['held', 'cancelled']);
    expect(watcher.of(`schedules/${doomed}`)).toEqual(['created', 'changed', 'cancelled']);
    expect(watcher.data(`schedules/${doomed}`, 'changed')).toEqual({
      scheduleId: Number(doomed),
      price: 2,
      changed: 2,
    });
    expect(watcher.events.filter(({ subject }) => subject.startsWith('concerts/')).map(shortTypeOf)).toContain(
      'created',
    );
  });
});

test('a queue is told of: opened, paused, another policy, closed; and who left it', async () => {
  await using watcher = new Watcher(watches('operator').queue);
  const quiet = await office.schedule({ seatCount: 1, price: 1n });
  const admin = office.client(QueueAdminService, office.queueAddress, 'operator');
  await admin.pauseQueue({ scheduleId: quiet });
  const queue = office.client(QueueService, office.queueAddress, 'bff');
  const joiners = Array.from({ length: 3 }, (_, member) => ({ memberId: `quiet ${member}` }));
  const { results } = await queue.joinGroup({ scheduleId: quiet, joiners });
  const tokens = results.flatMap(({ result }) => (result.case === 'joined' ? [result.value.token] : []));
  await queue.leave({ token: tokens[1] ?? '' });
  await admin.updatePolicy({ scheduleId: quiet, policy: { maxActive: 7 }, updateMask: { paths: ['max_active'] } });
  await admin.resumeQueue({ scheduleId: quiet });
  await tick(office.pools.queue);
  await admin.closeQueue({ scheduleId: quiet });
  const types = [
    'opened',
    'state_changed',
    'issued',
    'left',
    'policy_changed',
    'state_changed',
    'admitted',
    'state_changed',
  ];
  await watcher.sees(`queues/${quiet}`, types);
  expect(watcher.data(`queues/${quiet}`, 'issued')).toEqual({
    scheduleId: Number(quiet),
    numbers: [1, 2, 3],
    memberIds: ['quiet 0', 'quiet 1', 'quiet 2'],
  });
  expect(watcher.data(`queues/${quiet}`, 'admitted')).toMatchObject({
    numbers: [1, 3],
    memberIds: ['quiet 0', 'quiet 2'],
  });
  expect(watcher.data(`queues/${quiet}`, 'policy_changed')).toMatchObject({ policy: { maxActive: 7 } });
  expect(watcher.data(`queues/${quiet}`, 'state_changed')).toEqual({
    scheduleId: Number(quiet),
    state: 'PAUSED',
    before: 'OPEN',
  });
});

test('a partner is told of its own members and of what concerns everybody, and of nobody else', async () => {
  const own = watches('acme');
  await using tickets = new Watcher(own.queue);
  await using reservations = new Watcher(own.inventory);
  await using payments = new Watcher(own.ledger);
  await using all = new Watcher(watches('operator').ledger);
  const theirs = await prepare(office, office.ledger(ledger), { scheduleId, balance: 1_000n });
  await office.ledger(ledger).pay({ token: theirs.token, reservationId: theirs.reservation.id });
  const acme = office.ledger(ledger, 'acme');
  const mine = await prepare(office, acme, { scheduleId, balance: 1_000n, caller: 'acme' });
  const { payment } = await acme.pay({ token: mine.token, reservationId: mine.reservation.id });
  await payments.sees(`payments/${payment?.id}`, ['paid']);
  await reservations.sees(`reservations/${mine.reservation.id}`, ['held', 'confirmed']);
  await until(
    async () => tickets.of(`queues/${scheduleId}`),
    (types) => types.includes('completed'),
  );
  await until(
    async () => all.events.length,
    (count) => count > payments.events.length,
  );
  const told = [tickets, reservations, payments].flatMap(({ events }) => events.map(({ data }) => data)).join();
  expect(told).toContain(mine.memberId);
  expect(told).not.toContain(theirs.memberId);
  expect(reservations.of(`schedules/${scheduleId}`)).toEqual(['created']);
});

test('a stream goes on with its last cursor at another process when one drains', async () => {
  const leaving = await office.startLedger();
  const watcher = await new Watcher(office.ledger(leaving, 'operator').watchEvents).open();
  await leaving[Symbol.asyncDispose]();
  expect(await watcher.ended).toBe('DRAINING');
  await using resumed = new Watcher(watches('operator').ledger, { afterCursor: watcher.cursor });
  const memberId = 'comes after';
  await office.ledger(ledger).openAccount({ memberId });
  const events = await until(
    async () => resumed.events,
    (found) => found.length > 0,
  );
  expect(events.map(({ data }) => JSON.parse(data) as unknown)).toMatchObject([{ memberId }]);
  // Of another service's log.
  expect(await new Watcher(watches('operator').queue, { afterCursor: watcher.cursor }).ended).toBe('CURSOR_INVALID');
});

test('who may watch, and who relays', async () => {
  expect(await new Watcher(watches('bff').ledger).ended).toBe('CALLER_NOT_ALLOWED');
  const inventory = office.client(InventoryService, office.inventoryAddress, 'worker');
  await office.client(InventoryAdminService, office.inventoryAddress, 'operator').createConcert({ name: 'Told' });
  expect((await inventory.relayOutbox({ limit: 1 })).ordered).toBe(1);
  expect(await refusalOf(inventory.relayOutbox({ limit: 5_001 }))).toBe('REQUEST_INVALID');
  await office.ledger(ledger).openAccount({ memberId: 'told of' });
  expect((await office.ledger(ledger, 'worker').relayOutbox({})).ordered).toBeGreaterThan(0);
});
