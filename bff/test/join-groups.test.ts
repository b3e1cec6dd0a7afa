import { setImmediate } from 'node:timers/promises';
import { create } from '@bufbuild/protobuf';
import { timestampNow } from '@bufbuild/protobuf/wkt';
import { expect, test } from '@boxoffice/runtime/testing/tests';
import { JoinGroupResponseSchema, type JoinGroupRequest, type JoinGroupResponse } from '@boxoffice/proto/queue';
import { reasonOf, retryAfterMsOf } from '@boxoffice/runtime/error';
import { JoinGroups, type Joined } from '../groups/join-groups.ts';

/** A Queue whose answers are given by hand. */
class Queue {
  readonly calls: { readonly request: JoinGroupRequest; readonly answer: PromiseWithResolvers<JoinGroupResponse> }[] =
    [];

  readonly joinGroup = (request: unknown): Promise<JoinGroupResponse> => {
    const answer = Promise.withResolvers<JoinGroupResponse>();
    this.calls.push({ request: request as JoinGroupRequest, answer });
    return answer.promise;
  };

  membersOf(call: number): string[] {
    return this.calls[call]?.request.joiners.map(({ memberId }) => memberId) ?? [];
  }

  answer(call: number): void {
    const results = this.membersOf(call).map((memberId, index) =>
      memberId.startsWith('bad')
        ? {
            result: {
              case: 'refused' as const,
              value: { reason: 'QUEUE_FULL', message: 'full', retryAfter: { seconds: 2n } },
            },
          }
        : {
            result: {
              case: 'joined' as const,
              value: { token: memberId, number: BigInt(index + 1), joinedAt: timestampNow(), created: true },
            },
          },
    );
    this.calls[call]?.answer.resolve(create(JoinGroupResponseSchema, { results }));
  }
}

const joiner = (memberId: string): { memberId: string; clientAddress: string } => ({ memberId, clientAddress: '' });

/** So many groups may be under way at once. */
const groupsAtOnceMax = 8;

/** Lets one member after the other join, each in a turn of its own, so that each is a group. */
async function joinOneByOne(groups: JoinGroups, members: readonly string[]): Promise<Promise<Joined>[]> {
  const joins: Promise<Joined>[] = [];
  for (const member of members) {
    joins.push(groups.join(1n, joiner(member)));
    await setImmediate();
  }
  return joins;
}

const many = (count: number): string[] => Array.from({ length: count }, (_, index) => `m${index}`);

test('whoever comes alone is sent at once, and those who come in the same turn go together', async () => {
  const queue = new Queue();
  const groups = new JoinGroups({ queue, timeoutMs: 1_000 });
  const [alone] = await joinOneByOne(groups, ['a']);
  expect(queue.membersOf(0)).toEqual(['a']);
  const together = ['b', 'c'].map((member) => groups.join(1n, joiner(member)));
  await setImmediate();
  expect(queue.membersOf(1)).toEqual(['b', 'c']);
  queue.answer(0);
  queue.answer(1);
  expect((await Promise.all([alone, ...together])).map((joined) => joined?.token)).toEqual(['a', 'b', 'c']);
});

test('those who come while as many groups as may be are under way are the next', async () => {
  const queue = new Queue();
  const groups = new JoinGroups({ queue, timeoutMs: 1_000 });
  const joins = await joinOneByOne(groups, many(groupsAtOnceMax + 3));
  expect(queue.calls).toHaveLength(groupsAtOnceMax);
  queue.answer(1);
  await joins[1];
  expect(queue.membersOf(groupsAtOnceMax)).toEqual(['m8', 'm9', 'm10']);
  for (const call of queue.calls.keys()) queue.answer(call);
  expect((await Promise.all(joins)).map(({ token }) => token)).toEqual(many(groupsAtOnceMax + 3));
});

test('queues do not wait for each other', async () => {
  const queue = new Queue();
  const groups = new JoinGroups({ queue, timeoutMs: 1_000 });
  const joins = await joinOneByOne(groups, many(groupsAtOnceMax + 1));
  expect(queue.calls).toHaveLength(joins.length - 1);
  void groups.join(2n, joiner('m'));
  await setImmediate();
  expect(queue.calls.at(-1)?.request.scheduleId).toBe(2n);
});

test('a group has 512 members at most', async () => {
  const queue = new Queue();
  const groups = new JoinGroups({ queue, timeoutMs: 1_000 });
  for (const member of many(1_000)) void groups.join(1n, joiner(member));
  await setImmediate();
  expect(queue.calls.map(({ request }) => request.joiners.length)).toEqual([512, 488]);
});

test('one refusal is that member’s alone, and a failed call is everybody’s', async () => {
  const queue = new Queue();
  const groups = new JoinGroups({ queue, timeoutMs: 1_000 });
  const group = [groups.join(1n, joiner('c')), groups.join(1n, joiner('bad'))];
  await setImmediate();
  queue.answer(0);
  const [good, bad] = await Promise.allSettled(group);
  expect(good?.status).toBe('fulfilled');
  const error: unknown = bad?.status === 'rejected' ? bad.reason : undefined;
  expect([reasonOf(error), retryAfterMsOf(error)]).toEqual(['QUEUE_FULL', 2_000]);

  const failed = ['x', 'y'].map((member) => groups.join(1n, joiner(member)));
  await setImmediate();
  queue.calls[1]?.answer.reject(new Error('away'));
  const outcomes = await Promise.allSettled(failed);
  expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
});

test('more than can wait are told to try again', () => {
  const groups = new JoinGroups({ queue: new Queue(), timeoutMs: 1_000 });
  for (let index = 0; index < 20_000; index++) void groups.join(1n, joiner('m'));
  expect(() => groups.join(1n, joiner('m'))).toThrow('too much');
});
