import { setTimeout as delay } from 'node:timers/promises';

import { toBinary } from '@bufbuild/protobuf';
import { afterAll, beforeAll, describe, expect, test } from '@boxoffice/runtime/testing/tests';
import { SeatStatus, WatchSeatsResponseSchema, type WatchSeatsResponse } from '@boxoffice/proto/inventory';

import { Office, refusal, type Caller } from './office.ts';

let office: Office;
beforeAll(async () => void (office = await Office.open()));
afterAll(() => office[Symbol.asyncDispose]());

/** A reader of a stream, that keeps what it has read. */
class Reader implements AsyncDisposable {
  readonly messages: WatchSeatsResponse[] = [];
  readonly #end = new AbortController();
  readonly #open = Promise.withResolvers<string>();
  readonly ended: Promise<string>;

  constructor(token: string, scheduleId: bigint, instance = 0, caller: Caller = 'bff') {
    this.ended = refusal(this.#read(token, scheduleId, instance, caller));
  }

  async #read(token: string, scheduleId: bigint, instance: number, caller: Caller): Promise<void> {
    const { signal } = this.#end;
    for await (const message of office.inventory(caller, instance).watchSeats({ token, scheduleId }, { signal })) {
      this.messages.push(message);
      if (message.complete) this.#open.resolve('open');
    }
  }

  /** `open` once all seats have come, or the reason why they do not. */
  get opened(): Promise<string> {
    return Promise.race([this.#open.promise, this.ended]);
  }

  /** The newest state of each seat. */
  get seats(): Map<bigint, SeatStatus> {
    return new Map(this.messages.flatMap(({ seats }) => seats.map(({ id, status }) => [id, status] as const)));
  }

  is(id: bigint, status: SeatStatus): Promise<void> {
    return office.until(async () => this.seats.get(id) === status);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#end.abort();
    await this.ended;
  }
}

async function reader(scheduleId: bigint, instance = 0): Promise<Reader> {
  const opened = new Reader(await office.admit(scheduleId, 'watcher'), scheduleId, instance);
  expect(await opened.opened).toBe('open');
  return opened;
}

describe('a watcher of seats', () => {
  test('gets all of them first, in messages of less than 64 KiB', async () => {
    const section = '가'.repeat(40);
    const layout = [{ section, rows: 10, seatsPerRow: 200, price: 1_000_000_000_000n }];
    const scheduleId = await office.schedule({ layout });
    await using watcher = await reader(scheduleId);
    const sizes = watcher.messages.map((message) => toBinary(WatchSeatsResponseSchema, message).length);
    expect(Math.max(...sizes)).toBeLessThan(64 * 1_024);
    expect(watcher.messages.map(({ complete }) => complete)).toEqual([...Array.from({ length: 7 }, () => false), true]);
    expect([...watcher.seats.keys()]).toEqual(await office.seatIds(scheduleId, 2_000));
  });

  test('gets what changes and nothing else, also what was written elsewhere', async () => {
    const scheduleId = await office.schedule();
    const [first = 0n, second = 0n] = await office.seatIds(scheduleId);
    await using here = await reader(scheduleId, 0);
    await using elsewhere = await reader(scheduleId, 1);
    const held = await office.hold(scheduleId, [first, second], 'buyer');
    for (const watcher of [here, elsewhere]) {
      await watcher.is(second, SeatStatus.HELD);
      expect(watcher.messages.slice(1).flatMap(({ seats }) => seats.map(({ id }) => id))).toEqual([first, second]);
    }
    const payment = { reservationId: held.id, paymentId: 1n, memberId: 'buyer', amount: held.amount };
    await office.inventory('ledger').confirmReservation(payment);
    await Promise.all([here, elsewhere].map((watcher) => watcher.is(first, SeatStatus.SOLD)));
    await office.inventory('ledger').revokeReservation({
      reservationId: held.id,
      paymentId: 1n,
      refundId: 1n,
      amount: held.amount,
    });
    await Promise.all([here, elsewhere].map((watcher) => watcher.is(first, SeatStatus.OPEN)));
    expect(here.messages.every(({ complete }) => complete)).toBe(true);
  });

  test('sees a hold run out by the clock, though nobody writes', async () => {
    const scheduleId = await office.schedule({ holdDuration: { seconds: 1n } });
    const [first = 0n] = await office.seatIds(scheduleId);
    await using watcher = await reader(scheduleId);
    await office.hold(scheduleId, [first], 'holder');
    await watcher.is(first, SeatStatus.HELD);
    await watcher.is(first, SeatStatus.OPEN);
    expect((await office.seats(scheduleId))[0]?.state).toBe('HELD');
  });

  test('gets new prices', async () => {
    const scheduleId = await office.schedule();
    await using watcher = await reader(scheduleId);
    await office.admin().changePrice({ scheduleId, price: 5n });
    await office.until(async () => {
      const prices = new Map(
        watcher.messages.flatMap(({ seats }) => seats.map(({ id, price }) => [id, price] as const)),
      );
      return [...prices.values()].every((price) => price === 5n);
    });
  });

  test('is sent away when the ticket is over', async () => {
    const scheduleId = await office.schedule();
    const token = await office.admit(scheduleId);
    await using watcher = new Reader(token, scheduleId);
    expect(await watcher.opened).toBe('open');
    await office.queue().leave({ token });
    expect(await watcher.ended).toBe('none');
  });

  test('needs an admitted ticket', async () => {
    const scheduleId = await office.schedule();
    const waiting = await office.join(scheduleId, 'waits');
    expect(await new Reader(waiting, scheduleId).ended).toBe('TICKET_WAITING');
    expect(await new Reader('nonsense', scheduleId).ended).toBe('TOKEN_INVALID');
  });
});

describe('without a token', () => {
  test('our own BFF watches for its readers, and hears a sign of life every second', async () => {
    const scheduleId = await office.schedule();
    const [first = 0n] = await office.seatIds(scheduleId);
    await using watcher = new Reader('', scheduleId);
    expect(await watcher.opened).toBe('open');
    await office.hold(scheduleId, [first], 'holder');
    await watcher.is(first, SeatStatus.HELD);
    await office.until(async () => watcher.messages.some(({ seats, complete }) => seats.length === 0 && complete));
    expect(await new Reader('', 9_999_999n).ended).toBe('SCHEDULE_UNKNOWN');
  });

  test('nobody else does', async () => {
    const scheduleId = await office.schedule();
    expect(await new Reader('', scheduleId, 0, 'acme').ended).toBe('TOKEN_INVALID');
    expect(await new Reader('', scheduleId, 0, 'ledger').ended).toBe('CALLER_NOT_ALLOWED');
  });
});

test('a slow reader gets the newest state of each seat, not every one', async () => {
  const layout = [{ section: 'S', rows: 100, seatsPerRow: 200, price: 1n }];
  const scheduleId = await office.schedule({ layout });
  const token = await office.admit(scheduleId, 'slow');
  const [first = 0n] = await office.seatIds(scheduleId);
  const end = new AbortController();
  const stream = office.inventory().watchSeats({ token, scheduleId }, { signal: end.signal })[Symbol.asyncIterator]();
  const opening = await stream.next();
  expect(opening.done).toBe(false);
  for (let round = 0; round < 5; round += 1) {
    const held = await office.hold(scheduleId, [first], 'flickering');
    await delay(60);
    await office.inventory().releaseReservation({ reservationId: held.id });
  }
  const last = await office.hold(scheduleId, [first], 'flickering');
  const states: SeatStatus[] = [];
  let complete = false;
  while (!complete || states.at(-1) !== SeatStatus.HELD) {
    const { value } = (await stream.next()) as { value: WatchSeatsResponse };
    complete = value.complete;
    states.push(...value.seats.filter(({ id }) => id === first).map(({ status }) => status));
  }
  // One that read along would have had eleven.
  expect(states.length).toBeLessThanOrEqual(3);
  expect(last.seats.map(({ id }) => id)).toEqual([first]);
  end.abort();
  expect(await refusal(stream.next())).not.toBe('none');
});

test('there are no more watchers than the limits allow', async () => {
  const instance = await office.startInventory({ SEAT_WATCHERS_MAX: '2', WATCHED_SCHEDULES_MAX: '1' });
  const scheduleId = await office.schedule();
  const other = await office.schedule();
  const token = await office.admit(scheduleId);
  const elsewhere = await office.admit(other);
  {
    await using first = new Reader(token, scheduleId, instance);
    expect(await first.opened).toBe('open');
    expect(await new Reader(elsewhere, other, instance).ended).toBe('STREAM_LIMIT');
    await using second = new Reader(token, scheduleId, instance);
    expect(await second.opened).toBe('open');
    expect(await new Reader(token, scheduleId, instance).ended).toBe('STREAM_LIMIT');
  }
  // The places of those who have gone are free, also for another date.
  await office.until(async () => {
    await using next = new Reader(elsewhere, other, instance);
    return (await next.opened) === 'open';
  });
});
