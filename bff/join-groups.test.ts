import { create } from '@bufbuild/protobuf';
import { timestampNow } from '@bufbuild/protobuf/wkt';
import { expect, test } from '@jest/globals';
import { JoinGroupResponseSchema, type JoinGroupRequest, type JoinGroupResponse } from '@boxoffice/proto/queue';
import { reasonOf, retryAfterMsOf } from '@boxoffice/runtime/error';
import { JoinGroups } from './join-groups.ts';

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

test('whoever comes alone is sent at once, and those who come meanwhile go together', async () => {
  const queue = new Queue();
  const groups = new JoinGroups({ queue, timeoutMs: 1_000 });
  const joins = ['a', 'b', 'c', 'd', 'e'].map((member) => groups.join(1n, joiner(member)));
  expect([queue.membersOf(0), queue.membersOf(1), queue.calls.length]).toEqual([['a'], ['b'], 2]);
  queue.answer(1);
  expect((await joins[1])?.token).toBe('b');
  expect(queue.membersOf(2)).toEqual(['c', 'd', 'e']);
  queue.answer(0);
  queue.answer(2);
  expect((await Promise.all(joins)).map(({ token }) => token)).toEqual(['a', 'b', 'c', 'd', 'e']);
});

test('queues do not wait for each other', () => {
  const queue = new Queue();
  const groups = new JoinGroups({ queue, timeoutMs: 1_000 });
  for (const scheduleId of [1n, 1n, 1n, 2n]) void groups.join(scheduleId, joiner('m'));
  expect(queue.calls.map(({ request }) => request.scheduleId)).toEqual([1n, 1n, 2n]);
});

test('a group has 512 members at most', async () => {
  const queue = new Queue();
  const groups = new JoinGroups({ queue, timeoutMs: 1_000 });
  const joins = Array.from({ length: 1_000 }, (_, index) => groups.join(1n, joiner(`m${index}`)));
  queue.answer(0);
  await joins[0];
  expect(queue.membersOf(2)).toHaveLength(512);
});

test('one refusal is that member’s alone, and a failed call is everybody’s', async () => {
  const queue = new Queue();
  const groups = new JoinGroups({ queue, timeoutMs: 1_000 });
  const [first, second] = [groups.join(1n, joiner('a')), groups.join(1n, joiner('b'))];
  const group = [groups.join(1n, joiner('c')), groups.join(1n, joiner('bad'))];
  queue.answer(0);
  await first;
  queue.answer(2);
  const [good, bad] = await Promise.allSettled(group);
  expect(good?.status).toBe('fulfilled');
  const error: unknown = bad?.status === 'rejected' ? bad.reason : undefined;
  expect([reasonOf(error), retryAfterMsOf(error)]).toEqual(['QUEUE_FULL', 2_000]);
  queue.calls[1]?.answer.reject(new Error('away'));
  await expect(second).rejects.toThrow('away');
});

test('more than can wait are told to try again', () => {
  const groups = new JoinGroups({ queue: new Queue(), timeoutMs: 1_000 });
  for (let index = 0; index < 20_002; index++) void groups.join(1n, joiner('m'));
  expect(() => groups.join(1n, joiner('m'))).toThrow('too many join');
});
