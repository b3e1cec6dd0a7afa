import { randomUUID } from 'node:crypto';

import { afterAll, beforeAll, expect, test } from '@boxoffice/runtime/testing/tests';
import type { Action } from '@boxoffice/proto/audit';
import { sqlState } from '@boxoffice/runtime/database/failure';

import { refusal } from './refusal.ts';
import { WaitingRoom } from './waiting-room.ts';

let room: WaitingRoom;
beforeAll(async () => {
  room = await WaitingRoom.open(1);
});
afterAll(() => room[Symbol.asyncDispose]());

const scheduleId = 7_001n;

async function actions(): Promise<Action[]> {
  return (await room.admin().listActions({})).actions;
}

async function done(): Promise<[string, string, unknown][]> {
  return (await actions()).map(({ action, subject, details }) => [action, subject, JSON.parse(details)]);
}

test('what operators do with a queue is written down, newest first', async () => {
  const admin = room.admin();
  await admin.openQueue({ scheduleId, policy: { maxActive: 5, activeTtl: { seconds: 60n } } });
  await admin.updatePolicy({ scheduleId, policy: { maxActive: 7 }, updateMask: { paths: ['max_active'] } });
  await admin.pauseQueue({ scheduleId });
  await admin.resumeQueue({ scheduleId });
  await admin.closeQueue({ scheduleId });
  expect(await done()).toEqual([
    ['CloseQueue', 'queues/7001', {}],
    ['ResumeQueue', 'queues/7001', {}],
    ['PauseQueue', 'queues/7001', {}],
    ['UpdatePolicy', 'queues/7001', { policy: { maxActive: 7 }, updateMask: 'maxActive' }],
    ['OpenQueue', 'queues/7001', { policy: { maxActive: 5, activeTtl: '60s' } }],
  ]);
  const [newest, second] = await actions();
  expect(newest?.operator).toBe('operator');
  expect(newest?.id).toBeGreaterThan(second?.id ?? 0n);
  expect(Number(newest?.actedAt?.seconds)).toBeGreaterThan(1_700_000_000);
});

test('a request that is told again, or is refused, is not', async () => {
  const before = (await actions()).length;
  const [opened, paused] = [randomUUID(), randomUUID()];
  const open = { requestId: opened, scheduleId: 7_002n };
  await room.admin().openQueue(open);
  await room.admin().openQueue(open);
  await room.admin().pauseQueue({ requestId: paused, scheduleId: 7_002n });
  await room.admin().pauseQueue({ requestId: paused, scheduleId: 7_002n });
  expect(await refusal(room.admin().pauseQueue({ scheduleId }))).toBe('QUEUE_CLOSED');
  expect(await refusal(room.admin().pauseQueue({ scheduleId: 999_999n }))).toBe('QUEUE_UNKNOWN');
  expect((await actions()).length - before).toBe(2);
});

test('a pause that finds the queue paused is written down all the same', async () => {
  const before = (await actions()).length;
  await room.admin().pauseQueue({ requestId: randomUUID(), scheduleId: 7_002n });
  await room.admin().pauseQueue({ scheduleId: 7_002n });
  expect((await actions()).length - before).toBe(2);
});

test('a late repetition that does change something is written down', async () => {
  const requestId = randomUUID();
  const pause = () => room.admin().pauseQueue({ requestId, scheduleId: 7_002n });
  await pause();
  const before = (await actions()).length;
  await room.admin().resumeQueue({ scheduleId: 7_002n });
  await pause();
  expect((await actions()).length - before).toBe(2);
});

test('they are listed page by page, each once', async () => {
  const all = (await actions()).map(({ id }) => id);
  const paged: bigint[] = [];
  let pageToken = '';
  do {
    const page = await room.admin().listActions({ pageSize: 2, pageToken });
    paged.push(...page.actions.map(({ id }) => id));
    pageToken = page.nextPageToken;
  } while (pageToken !== '');
  expect(paged).toEqual(all);
  expect(await refusal(room.admin().listActions({ pageToken: 'made-up' }))).toBe('PAGE_TOKEN_INVALID');
});

test.each([
  'update operator_actions set operator = $$x$$',
  'delete from operator_actions',
  'truncate operator_actions',
])('nobody changes what was written: %s', async (sql) => {
  const restrictViolation = '23001';
  await expect(room.pool.query(sql).catch((error: unknown) => sqlState(error))).resolves.toBe(restrictViolation);
});
