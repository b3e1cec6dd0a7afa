import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, expect, test } from '@boxoffice/runtime/testing/tests';
import { createLogger } from '@boxoffice/runtime/log';
import { openRedis, type RedisConnection } from '@boxoffice/runtime/redis/connection';
import { describeWithRedis, testRedis, type TestRedis } from '@boxoffice/runtime/testing/redis';
import { JoinCounter } from '../joining/join-counter.ts';
import { JoinLimits } from '../joining/join-limits.ts';
import { problemFrom } from '../http/problem.ts';

/** `taken`, or what the refusal is answered with. */
async function outcome(limits: JoinLimits, memberId: string, address?: string): Promise<string> {
  try {
    await limits.check(memberId, address);
    return 'taken';
  } catch (error) {
    const { status, headers, body } = problemFrom(error);
    return `${status} ${body.reason} after ${headers['Retry-After']}`;
  }
}

const limited = expect.stringMatching(/^429 TOO_MANY_REQUESTS after ([1-9]|10)$/);

test('a counter counts each key by itself, and begins anew with each window', () => {
  let nowMs = 5_000;
  const counter = new JoinCounter(2, 1_000, () => nowMs);
  expect([counter.take('a'), counter.take('a'), counter.take('b')]).toEqual([undefined, undefined, undefined]);
  nowMs += 400;
  expect(counter.take('a')).toBe(600);
  expect(counter.take('b')).toBeUndefined();
  nowMs += 600;
  expect(counter.take('a')).toBeUndefined();
});

test('without Redis a join is counted at once, and one too many is refused at once', async () => {
  const limits = new JoinLimits({ perMember: 2, perAddress: 0, windowSeconds: 10 });
  expect([limits.check('m', '203.0.113.9'), limits.check('m', undefined)]).toEqual([undefined, undefined]);
  expect(() => limits.check('m', undefined)).toThrow('too many joins of this member');
  expect(await outcome(limits, 'm')).toEqual(limited);
  expect(await outcome(limits, 'other')).toBe('taken');
});

test('addresses are limited by network', async () => {
  const limits = new JoinLimits({ perMember: 0, perAddress: 2, windowSeconds: 10 });
  expect(await outcome(limits, 'a', '2001:db8::1')).toBe('taken');
  expect(await outcome(limits, 'b', '2001:db8::2')).toBe('taken');
  expect(await outcome(limits, 'c', '2001:db8::ffff')).toEqual(limited);
  expect(await outcome(limits, 'd', '2001:db8:1::1')).toBe('taken');
  expect(await outcome(limits, 'e')).toBe('taken');
});

test('no limit is no limit', () => {
  const limits = new JoinLimits({ perMember: 0, perAddress: 0, windowSeconds: 10 });
  for (let join = 0; join < 1_000; join++) {
    expect(limits.check('m', '203.0.113.9')).toBeUndefined();
  }
});

describeWithRedis('with Redis', () => {
  let redis: TestRedis;
  const opened: RedisConnection[] = [];
  beforeAll(async () => void (redis = await testRedis()));
  afterAll(async () => redis[Symbol.asyncDispose]());
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((connection) => connection[Symbol.asyncDispose]()));
  });

  async function until(holds: () => boolean): Promise<void> {
    const endMs = performance.now() + 10_000;
    while (!holds()) {
      if (performance.now() > endMs) {
        throw new Error(`not so after 10 s: ${holds.toString()}`);
      }
      await delay(5);
    }
  }

  async function bff(perMember: number, perAddress = 0): Promise<JoinLimits> {
    const connection = openRedis({ url: redis.url, log: createLogger('test', 'silent'), name: 'test' });
    opened.push(connection);
    await until(() => connection.available);
    return new JoinLimits({ perMember, perAddress, windowSeconds: 10, redis: connection });
  }

  test('joins are counted for all BFFs together', async () => {
    const [one, other] = [await bff(3), await bff(3)];
    const turns = [one, other, one];
    for (const limits of turns) {
      expect(await outcome(limits, 'together')).toBe('taken');
    }
    expect(await outcome(other, 'together')).toEqual(limited);
    expect(await outcome(one, 'together')).toEqual(limited);
    expect(await outcome(one, 'somebody else')).toBe('taken');
  });

  test('both limits hold', async () => {
    const limits = await bff(2, 3);
    expect(await outcome(limits, 'a', '203.0.113.1')).toBe('taken');
    expect(await outcome(limits, 'a', '203.0.113.1')).toBe('taken');
    expect(await outcome(limits, 'a', '203.0.113.2')).toEqual(limited);
    expect(await outcome(limits, 'b', '203.0.113.1')).toBe('taken');
    expect(await outcome(limits, 'c', '203.0.113.1')).toEqual(limited);
  });

  test('limits go on limiting while Redis is killed under load, and when it is back; no join fails', async () => {
    const limits = await bff(5);
    const outcomes = new Map<string, number>();
    const end = new AbortController();
    let member = 0;
    const load = (async () => {
      while (!end.signal.aborted) {
        const memberId = `load-${++member}`;
        const joins = await Promise.all(Array.from({ length: 8 }, () => outcome(limits, memberId)));
        for (const one of joins) {
          const kind = one.startsWith('429 TOO_MANY_REQUESTS') ? 'limited' : one;
          outcomes.set(kind, (outcomes.get(kind) ?? 0) + 1);
        }
        await delay(2);
      }
    })();
    const connection = opened.at(-1);
    const members = async (count: number): Promise<void> => {
      const target = member + count;
      await until(() => member >= target);
    };
    await members(20);
    await redis.kill();
    await members(20);
    await redis.start();
    await until(() => connection?.available === true);
    await members(20);
    end.abort();
    await load;
    expect([...outcomes.keys()].sort()).toEqual(['limited', 'taken']);
    // Of each member's eight joins five were taken; of one that Redis was lost in the middle of, all may have been.
    const taken = outcomes.get('taken') ?? 0;
    expect(taken).toBeGreaterThanOrEqual(5 * member);
    expect(taken).toBeLessThanOrEqual(5 * member + 3 * 2);
  });
});
