import { afterAll, beforeAll, describe, expect, test } from '@boxoffice/runtime/testing/tests';
import { QueueService, TicketStatus, type WatchPositionResponse } from '@boxoffice/proto/queue';
import { refusal } from '@boxoffice/queue/test/refusal';
import { WaitingRoom } from '@boxoffice/queue/test/waiting-room';

import { positions, startWorker, until } from './stage.ts';

let room: WaitingRoom;
let address: string;
beforeAll(async () => {
  room = await WaitingRoom.open();
  address = (await startWorker(room)).address;
});
afterAll(async () => {
  await room.assertInvariants();
  await room[Symbol.asyncDispose]();
});

/** What a stream has told so far, as it comes. */
class Told {
  readonly messages: WatchPositionResponse[] = [];
  readonly atMs: number[] = [];
  readonly #end = new AbortController();
  readonly ended: Promise<unknown>;

  constructor(token: string, caller: 'bff' | 'house' | 'acme' = 'bff') {
    this.ended = refusal(this.#read(token, caller));
  }

  get statuses(): string[] {
    return this.messages.map(({ ticket }) => TicketStatus[ticket?.status ?? 0] ?? '');
  }

  get ahead(): bigint[] {
    return this.messages.map(({ ticket }) => ticket?.ahead ?? -1n);
  }

  cancel(): void {
    this.#end.abort();
  }

  async #read(token: string, caller: 'bff' | 'house' | 'acme'): Promise<void> {
    for await (const message of positions(room, address, caller).watchPosition(
      { token },
      { signal: this.#end.signal },
    )) {
      this.messages.push(message);
      this.atMs.push(performance.now());
    }
  }
}

const tokensOf = async (scheduleId: bigint, count: number) =>
  (await room.join(scheduleId, count)).map(({ token }) => token);

describe('WatchPosition', () => {
  test('tells at once, falls to admission, and ends after a final state', async () => {
    const scheduleId = await room.schedule({ maxActive: 1 });
    const tokens = await tokensOf(scheduleId, 4);
    const told = new Told(tokens[3] ?? '');
    await until(
      () => told.ahead,
      (ahead) => ahead.at(-1) === 2n,
    );
    for (const [index, ahead] of [
      [1, 1n],
      [0, 0n],
    ] as const) {
      await room.queue().leave({ token: tokens[index] ?? '' });
      await until(
        () => told.ahead,
        (all) => all.at(-1) === ahead,
      );
    }
    await room.queue().leave({ token: tokens[2] ?? '' });
    await until(
      () => told.statuses,
      (statuses) => statuses.at(-1) === 'ADMITTED',
    );
    expect(told.messages.at(-1)?.ticket?.admittedUntil).toBeDefined();
    await room.queue().leave({ token: tokens[3] ?? '' });
    expect(await told.ended).toBe('none');
    expect(told.statuses.at(-1)).toBe('LEFT');
    expect(told.ahead).toEqual(told.ahead.toSorted((a, b) => Number(b - a)));
    const revisions = told.messages.map(({ revision }) => revision);
    expect(revisions).toEqual(revisions.toSorted((a, b) => Number(a - b)));
  });

  test('tells of a ticket that is over already, and ends', async () => {
    const scheduleId = await room.schedule();
    const [token = ''] = await tokensOf(scheduleId, 1);
    await room.queue().leave({ token });
    const told = new Told(token);
    expect(await told.ended).toBe('none');
    expect(told.statuses).toEqual(['LEFT']);
  });

  test('tells that an admitted ticket was completed, or has expired', async () => {
    const scheduleId = await room.schedule({ activeTtl: { seconds: 1n } });
    const [first, second] = await room.join(scheduleId, 2);
    const told = [first, second].map((joined) => new Told(joined?.token ?? ''));
    await until(
      () => told.map(({ statuses }) => statuses.at(-1)),
      (last) => last.every((status) => status === 'ADMITTED'),
    );
    const { number = 0n, ticketId = '' } = first?.ticket ?? {};
    await room
      .client(QueueService, room.addresses[0] ?? '', 'ledger')
      .complete({ scheduleId, number, ticketId, paymentId: 1n });
    expect(await Promise.all(told.map(({ ended }) => ended))).toEqual(['none', 'none']);
    expect(told.map(({ statuses }) => statuses.at(-1))).toEqual(['COMPLETED', 'EXPIRED']);
  });

  test('tells at most four times a second, and then the newest', async () => {
    const scheduleId = await room.schedule();
    await room.admin().pauseQueue({ scheduleId });
    const tokens = await tokensOf(scheduleId, 60);
    const told = new Told(tokens.at(-1) ?? '');
    for (const token of tokens.slice(0, -1)) await room.queue().leave({ token });
    await until(
      () => told.ahead,
      (ahead) => ahead.at(-1) === 0n,
    );
    const gaps = told.atMs.slice(1).map((at, index) => at - (told.atMs[index] ?? 0));
    expect(Math.min(...gaps)).toBeGreaterThan(150);
    expect(told.messages.length).toBeLessThan(40);
    told.cancel();
    await told.ended;
  });

  test('tells when the wait can no longer be estimated', async () => {
    const scheduleId = await room.schedule({ admitCount: 1, admitInterval: { seconds: 1_000n } });
    const tokens = await tokensOf(scheduleId, 2);
    const told = new Told(tokens[1] ?? '');
    const last = () => told.messages.at(-1)?.ticket?.estimatedWait;
    await until(last, (wait) => wait?.seconds === 1_000n);
    await room.admin().pauseQueue({ scheduleId });
    await until(last, (wait) => wait === undefined);
    told.cancel();
    await told.ended;
  });

  test('tells who waits that the queue was paused, and that it goes on', async () => {
    const scheduleId = await room.schedule({ maxActive: 1 });
    const tokens = await tokensOf(scheduleId, 2);
    const told = new Told(tokens[1] ?? '');
    const last = () => told.messages.at(-1)?.ticket;
    await until(last, (ticket) => ticket?.ahead === 0n);
    await room.admin().pauseQueue({ scheduleId });
    await until(last, (ticket) => ticket?.paused === true);
    await room.admin().resumeQueue({ scheduleId });
    await until(last, (ticket) => ticket?.paused === false);
    expect(told.ahead.at(-1)).toBe(0n);
    told.cancel();
    await told.ended;
  });

  test('tells of the end of a closed queue', async () => {
    const scheduleId = await room.schedule();
    await room.admin().pauseQueue({ scheduleId });
    const told = (await tokensOf(scheduleId, 2)).map((token) => new Told(token));
    await until(
      () => told.map(({ messages }) => messages.length),
      (counts) => counts.every((count) => count === 1),
    );
    await room.admin().closeQueue({ scheduleId });
    expect(await Promise.all(told.map(({ ended }) => ended))).toEqual(['none', 'none']);
    expect(told.map(({ statuses }) => statuses.at(-1))).toEqual(['LEFT', 'LEFT']);
  });

  test('refuses what is no token, and tokens of other partners', async () => {
    const scheduleId = await room.schedule();
    const [token = ''] = await tokensOf(scheduleId, 1);
    expect(await new Told('nonsense').ended).toBe('TOKEN_INVALID');
    expect(await new Told(token, 'acme').ended).toBe('TOKEN_INVALID');
  });

  test('counts who watches as present', async () => {
    const scheduleId = await room.schedule({ presenceTtl: { seconds: 600n } });
    await room.admin().pauseQueue({ scheduleId });
    const joined = await room.join(scheduleId, 1, 'acme');
    const told = new Told(joined[0]?.token ?? '', 'acme');
    await until(
      () => room.pool.query('select from presence where schedule_id = $1', [scheduleId]),
      ({ rowCount }) => rowCount === 1,
    );
    told.cancel();
    await told.ended;
  });
});
