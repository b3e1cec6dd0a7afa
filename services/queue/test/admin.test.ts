import { randomUUID } from 'node:crypto';

import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import { afterAll, beforeAll, describe, expect, test } from '@boxoffice/runtime/testing/tests';
import type { CallOptions } from '@connectrpc/connect';
import { QueueState, TicketStatus } from '@boxoffice/proto/queue';
import { isReplayed } from '@boxoffice/runtime/testing/replay';

import { tick } from '../admission.ts';
import { emptyClosedQueues } from '../closing.ts';
import { refusal } from './refusal.ts';
import { WaitingRoom } from './waiting-room.ts';

let room: WaitingRoom;
beforeAll(async () => {
  room = await WaitingRoom.open(2);
});
afterAll(async () => {
  await room.assertInvariants();
  await room[Symbol.asyncDispose]();
});

const tomorrow = (): Date => new Date(Date.now() + 86_400_000);
const stateOf = async (scheduleId: bigint) => (await room.admin().getQueue({ scheduleId })).queue?.state;

describe('OpenQueue', () => {
  test('without a policy takes the default, and opens now', async () => {
    const { queue } = await room.admin().openQueue({ scheduleId: 5_001n });
    expect(queue).toMatchObject({
      scheduleId: 5_001n,
      state: QueueState.OPEN,
      policy: { maxActive: 100, admitCount: 0, activeTtl: { seconds: 300n }, presenceTtl: { seconds: 120n } },
      waiting: 0n,
      admitted: 0n,
      admittedTotal: 0n,
      issuedTotal: 0n,
    });
  });

  test('again with the same gives it back, with anything else is refused', async () => {
    const policy = { maxActive: 5, activeTtl: { seconds: 60n } };
    const opensAt = timestampFromDate(tomorrow());
    const open = (request: object) =>
      refusal(room.admin().openQueue({ scheduleId: 5_002n, policy, opensAt, ...request }));
    expect(await open({})).toBe('none');
    expect(await open({})).toBe('none');
    expect(await open({ policy: { ...policy, maxActive: 6 } })).toBe('QUEUE_EXISTS');
    expect(await open({ opensAt: timestampFromDate(new Date()) })).toBe('QUEUE_EXISTS');
  });

  test('at many places at once makes one queue', async () => {
    const queues = await Promise.all(Array.from({ length: 8 }, () => room.admin().openQueue({ scheduleId: 5_003n })));
    expect(new Set(queues.map(({ queue }) => queue?.createdAt?.nanos)).size).toBe(1);
  });

  test('is safe to try again, and a request id is for one request', async () => {
    const requestId = randomUUID();
    const first = await room.admin().openQueue({ requestId, scheduleId: 5_004n });
    await room.queue().join({ scheduleId: 5_004n, memberId: 'm' });
    expect(await room.admin().openQueue({ requestId, scheduleId: 5_004n })).toEqual(first);
    const again = (options: CallOptions) => room.admin().openQueue({ requestId, scheduleId: 5_004n }, options);
    expect(await isReplayed(again)).toBe(true);
    expect(await refusal(room.admin().openQueue({ requestId, scheduleId: 5_005n }))).toBe('REQUEST_ID_REUSED');
  });

  test('takes the named fields of a policy over the default', async () => {
    const given = { scheduleId: 5_007n, policy: { maxActive: 7 }, policyMask: { paths: ['max_active'] } };
    const { queue } = await room.admin().openQueue(given);
    expect(queue?.policy).toMatchObject({ maxActive: 7, activeTtl: { seconds: 300n }, presenceTtl: { seconds: 120n } });
    expect((await room.admin().openQueue(given)).queue).toEqual(queue);
    const unknown = { ...given, policyMask: { paths: ['colour'] } };
    expect(await refusal(room.admin().openQueue(unknown))).toBe('REQUEST_INVALID');
  });

  test('refuses policies that make no sense', async () => {
    const open = (policy: object) => refusal(room.admin().openQueue({ scheduleId: 5_006n, policy }));
    expect(await open({ maxActive: 5 })).toBe('REQUEST_INVALID');
    expect(await open({ maxActive: -1, activeTtl: { seconds: 1n } })).toBe('REQUEST_INVALID');
    expect(await open({ admitCount: 1, activeTtl: { seconds: 1n } })).toBe('REQUEST_INVALID');
    expect(await open({ activeTtl: { seconds: 86_401n } })).toBe('REQUEST_INVALID');
  });

  test('with a time lets people join, and admits nobody before it', async () => {
    const scheduleId = await room.schedule({}, tomorrow());
    const [joined] = await room.join(scheduleId, 1);
    await tick(room.pool);
    expect(await stateOf(scheduleId)).toBe(QueueState.SCHEDULED);
    expect((await room.ticket(joined?.token ?? '')).status).toBe(TicketStatus.WAITING);

    await room.pool.query('update queues set opens_at = now() where schedule_id = $1', [scheduleId]);
    await tick(room.pool);
    expect(await stateOf(scheduleId)).toBe(QueueState.OPEN);
    expect((await room.ticket(joined?.token ?? '')).status).toBe(TicketStatus.ADMITTED);
    expect(await room.changes(scheduleId)).toEqual(['DRAWN', 'STATE OPEN', 'ADMITTED 1']);
  });
});

describe('GetQueue and ListQueues', () => {
  test('count who waits, who is inside, and who ever was', async () => {
    const scheduleId = await room.schedule({ maxActive: 3 });
    const joined = await room.join(scheduleId, 8);
    await tick(room.pool);
    for (const index of [0, 5]) await room.queue().leave({ token: joined[index]?.token ?? '' });
    const { queue } = await room.admin().getQueue({ scheduleId });
    expect(queue).toMatchObject({ waiting: 4n, admitted: 2n, admittedTotal: 3n, issuedTotal: 8n });
    expect(await refusal(room.admin().getQueue({ scheduleId: 999_999n }))).toBe('QUEUE_UNKNOWN');
  });

  test('give all queues page by page, each once', async () => {
    for (let count = 0; count < 5; count++) await room.schedule();
    const seen: bigint[] = [];
    for (let pageToken = '', pages = 0; pages === 0 || pageToken !== ''; pages++) {
      const page = await room.admin().listQueues({ pageSize: 3, pageToken });
      expect(page.queues.length).toBeLessThanOrEqual(3);
      seen.push(...page.queues.map(({ scheduleId }) => scheduleId));
      pageToken = page.nextPageToken;
    }
    const { rows } = await room.pool.query<{ schedule_id: bigint }>('select schedule_id from queues order by 1');
    expect(seen).toEqual(rows.map(({ schedule_id }) => schedule_id));
    expect(await refusal(room.admin().listQueues({ pageToken: 'nonsense' }))).toBe('PAGE_TOKEN_INVALID');
  });
});

describe('ListQueues in some states', () => {
  const { SCHEDULED, OPEN, PAUSED, CLOSED } = QueueState;

  /** All pages, of two queues each. */
  async function listed(states: QueueState[]): Promise<{ scheduleId: bigint; state: QueueState }[]> {
    const found: { scheduleId: bigint; state: QueueState }[] = [];
    for (let pageToken = '', pages = 0; pages === 0 || pageToken !== ''; pages++) {
      const page = await room.admin().listQueues({ states, pageSize: 2, pageToken });
      found.push(...page.queues.map(({ scheduleId, state }) => ({ scheduleId, state })));
      pageToken = page.nextPageToken;
    }
    return found;
  }

  test('gives those and no others, in order and each once, page by page', async () => {
    const [, paused, closed] = [await room.schedule(), await room.schedule(), await room.schedule()];
    await room.admin().pauseQueue({ scheduleId: paused });
    await room.admin().closeQueue({ scheduleId: closed });
    await room.admin().openQueue({ scheduleId: 5_900n, opensAt: timestampFromDate(tomorrow()) });
    const all = await listed([]);
    for (const states of [[OPEN], [PAUSED], [CLOSED], [SCHEDULED], [PAUSED, SCHEDULED, OPEN]]) {
      const expected = all.filter(({ state }) => states.includes(state));
      expect(expected).not.toEqual([]);
      expect(await listed(states)).toEqual(expected);
    }
  });

  test('goes on with a page of the same states only', async () => {
    for (let count = 0; count < 2; count++) await room.schedule();
    const { nextPageToken: pageToken } = await room.admin().listQueues({ states: [OPEN, PAUSED], pageSize: 1 });
    expect(await refusal(room.admin().listQueues({ states: [PAUSED, OPEN], pageToken }))).toBe('none');
    expect(await refusal(room.admin().listQueues({ states: [OPEN], pageToken }))).toBe('PAGE_TOKEN_INVALID');
    expect(await refusal(room.admin().listQueues({ states: [OPEN, OPEN] }))).toBe('REQUEST_INVALID');
  });
});

describe('UpdatePolicy', () => {
  test('changes the named fields, all of them without a mask', async () => {
    const scheduleId = await room.schedule({ maxActive: 3, presenceTtl: { seconds: 9n } });
    const update = async (request: object) =>
      (await room.admin().updatePolicy({ scheduleId, ...request })).queue?.policy;
    const named = await update({
      policy: { maxActive: 7, activeTtl: { seconds: 1n } },
      updateMask: { paths: ['max_active'] },
    });
    expect(named).toMatchObject({ maxActive: 7, activeTtl: { seconds: 3_600n }, presenceTtl: { seconds: 9n } });
    const all = await update({ policy: { maxActive: 8, activeTtl: { seconds: 1n } } });
    expect(all).toMatchObject({ maxActive: 8, activeTtl: { seconds: 1n }, presenceTtl: { seconds: 0n } });
    expect(await room.changes(scheduleId)).toEqual(['STATE OPEN', 'STATE OPEN']);
  });

  test('holds from the next tick on, and evicts nobody', async () => {
    const scheduleId = await room.schedule({ maxActive: 3 });
    const joined = await room.join(scheduleId, 10);
    const admitted = async () => (await room.admin().getQueue({ scheduleId })).queue?.admitted;
    const set = (maxActive: number) =>
      room.admin().updatePolicy({ scheduleId, policy: { maxActive }, updateMask: { paths: ['max_active'] } });
    await tick(room.pool);
    await set(2);
    await tick(room.pool);
    expect(await admitted()).toBe(3n);
    await room.queue().leave({ token: joined[0]?.token ?? '' });
    await tick(room.pool);
    expect(await admitted()).toBe(2n);
    await set(6);
    await tick(room.pool);
    expect(await admitted()).toBe(6n);
  });

  test('refuses unknown fields, policies that make no sense, and closed or unknown queues', async () => {
    const scheduleId = await room.schedule();
    const update = (request: object) => refusal(room.admin().updatePolicy({ scheduleId, policy: {}, ...request }));
    expect(await update({ updateMask: { paths: ['price'] } })).toBe('REQUEST_INVALID');
    expect(await update({ updateMask: { paths: ['active_ttl'] } })).toBe('REQUEST_INVALID');
    expect(await update({ scheduleId: 999_999n, updateMask: { paths: [] } })).toBe('QUEUE_UNKNOWN');
    await room.admin().closeQueue({ scheduleId });
    expect(await update({ updateMask: { paths: ['max_active'] } })).toBe('QUEUE_CLOSED');
  });

  test('is safe to try again', async () => {
    const scheduleId = await room.schedule();
    const request = {
      requestId: randomUUID(),
      scheduleId,
      policy: { maxActive: 4 },
      updateMask: { paths: ['max_active'] },
    };
    const first = await room.admin().updatePolicy(request);
    await room.join(scheduleId, 1);
    expect(await room.admin().updatePolicy(request)).toEqual(first);
    const other = { ...request, policy: { maxActive: 5 } };
    expect(await refusal(room.admin().updatePolicy(other))).toBe('REQUEST_ID_REUSED');
  });
});

describe('PauseQueue, ResumeQueue, CloseQueue', () => {
  test('a paused queue takes people in and admits nobody, until it is resumed', async () => {
    const scheduleId = await room.schedule();
    await room.admin().pauseQueue({ scheduleId });
    await room.admin().pauseQueue({ scheduleId });
    const [joined] = await room.join(scheduleId, 1);
    await tick(room.pool);
    expect((await room.ticket(joined?.token ?? '')).status).toBe(TicketStatus.WAITING);
    await room.admin().resumeQueue({ scheduleId });
    await room.admin().resumeQueue({ scheduleId });
    await tick(room.pool);
    expect((await room.ticket(joined?.token ?? '')).status).toBe(TicketStatus.ADMITTED);
    expect(await room.changes(scheduleId)).toEqual(['STATE PAUSED', 'STATE OPEN', 'ADMITTED 1']);
  });

  test('who is inside goes on while the queue is paused, and expires in time', async () => {
    const scheduleId = await room.schedule({ activeTtl: { nanos: 1_000_000 } });
    const [joined] = await room.join(scheduleId, 1);
    await tick(room.pool);
    await room.admin().pauseQueue({ scheduleId });
    await tick(room.pool);
    expect((await room.ticket(joined?.token ?? '')).status).toBe(TicketStatus.EXPIRED);
    expect((await room.changes(scheduleId)).at(-1)).toBe('ENDED 1');
  });

  test('a queue that is paused before its time goes back to waiting for it', async () => {
    const scheduleId = await room.schedule({}, tomorrow());
    await room.admin().pauseQueue({ scheduleId });
    expect(await stateOf(scheduleId)).toBe(QueueState.PAUSED);
    await room.admin().resumeQueue({ scheduleId });
    expect(await stateOf(scheduleId)).toBe(QueueState.SCHEDULED);
  });

  test('a closed queue sees off who waits, and lets who is inside finish', async () => {
    const scheduleId = await room.schedule({ maxActive: 1 });
    const joined = await room.join(scheduleId, 4);
    await tick(room.pool);
    await room.admin().closeQueue({ scheduleId });
    await room.admin().closeQueue({ scheduleId });
    expect(await emptyClosedQueues(room.pool)).toBe(3);
    expect(await emptyClosedQueues(room.pool)).toBe(0);
    const tickets = await Promise.all(joined.map(({ token }) => room.ticket(token)));
    const { ADMITTED, LEFT } = TicketStatus;
    expect(tickets.map(({ status }) => status)).toEqual([ADMITTED, LEFT, LEFT, LEFT]);
    expect(await refusal(room.queue().verify({ token: joined[0]?.token ?? '', scheduleId }))).toBe('none');
    expect(await room.changes(scheduleId)).toEqual(['ADMITTED 1', 'STATE CLOSED', 'LEFT 2,3,4']);
  });

  test('a closed queue stays closed', async () => {
    const scheduleId = await room.schedule();
    await room.admin().closeQueue({ scheduleId });
    expect(await refusal(room.admin().pauseQueue({ scheduleId }))).toBe('QUEUE_CLOSED');
    expect(await refusal(room.admin().resumeQueue({ scheduleId }))).toBe('QUEUE_CLOSED');
    for (const command of ['pauseQueue', 'resumeQueue', 'closeQueue'] as const) {
      expect(await refusal(room.admin()[command]({ scheduleId: 999_999n }))).toBe('QUEUE_UNKNOWN');
    }
  });

  test('a queue that is closed while people rush in keeps nobody waiting', async () => {
    const scheduleId = await room.schedule();
    const joins = Array.from({ length: 200 }, (_, member) =>
      refusal(room.queue('bff', member % 2).join({ scheduleId, memberId: `m${member}` })),
    );
    await Promise.all([...joins.slice(0, 20)]);
    await room.admin().closeQueue({ scheduleId });
    await emptyClosedQueues(room.pool);
    const outcomes = await Promise.all(joins);
    expect(outcomes.every((outcome) => outcome === 'none' || outcome === 'QUEUE_CLOSED')).toBe(true);
    await emptyClosedQueues(room.pool);
    expect((await room.admin().getQueue({ scheduleId })).queue?.waiting).toBe(0n);
  });
});
