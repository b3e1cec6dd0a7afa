import { RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible';
import { countedAddress } from '@boxoffice/runtime/address';
import type { RedisConnection } from '@boxoffice/runtime/redis/connection';
import { JoinCounter } from './join-counter.ts';
import { WebError } from '../http/web-error.ts';

interface JoinLimitsOptions {
  /** Joins of one member in a window; 0: no limit. */
  readonly perMember: number;
  /** Joins from one address (of IPv6: one /64 network) in a window; 0: no limit. */
  readonly perAddress: number;
  readonly windowSeconds: number;
  readonly redis?: RedisConnection | undefined;
}

/**
 * Limits on how often one member, and one address, may ask for a ticket. With Redis they are counted for all BFFs together;
 * while it is away, and without it, each BFF counts for itself.
 */
export class JoinLimits {
  readonly #member: Limit | undefined;
  readonly #address: Limit | undefined;

  constructor({ perMember, perAddress, windowSeconds, redis }: JoinLimitsOptions) {
    const limit = (name: string, max: number): Limit | undefined =>
      max === 0 ? undefined : new Limit({ name, max, windowSeconds, redis });
    this.#member = limit('member', perMember);
    this.#address = limit('address', perAddress);
  }

  /** How often a limit has refused somebody here. */
  get refused(): number {
    return (this.#member?.refused ?? 0) + (this.#address?.refused ?? 0);
  }

  /**
   * Counts a join. Undefined when it may go on at once, which is always so without Redis: a microsecond. A refusal is thrown,
   * or, when Redis was asked, it is what the promise rejects with.
   *
   * @throws WebError TOO_MANY_REQUESTS.
   */
  check(memberId: string, address: string | undefined): Promise<void> | undefined {
    const asked = this.#member?.take(memberId);
    const network = address === undefined || this.#address === undefined ? undefined : countedAddress(address);
    if (network === undefined) {
      return asked;
    }
    try {
      const askedToo = this.#address?.take(network);
      return asked === undefined || askedToo === undefined ? (asked ?? askedToo) : bothOf(asked, askedToo);
    } catch (error) {
      // The other answer is not waited for.
      asked?.catch(() => undefined);
      throw error;
    }
  }
}

async function bothOf(one: Promise<void>, other: Promise<void>): Promise<void> {
  await Promise.all([one, other]);
}

interface LimitOptions {
  readonly name: string;
  readonly max: number;
  readonly windowSeconds: number;
  readonly redis: RedisConnection | undefined;
}

class Limit {
  readonly #name: string;
  readonly #redis: RedisConnection | undefined;
  readonly #shared: RateLimiterRedis | undefined;
  readonly #own: JoinCounter;
  #refused = 0;

  constructor({ name, max, windowSeconds, redis }: LimitOptions) {
    this.#name = name;
    this.#redis = redis;
    this.#own = new JoinCounter(max, windowSeconds * 1_000);
    // Its own memory limiter is not used as insurance: that one keeps a timer for each key.
    this.#shared =
      redis &&
      new RateLimiterRedis({
        storeClient: redis.client,
        keyPrefix: `${redis.prefix}joins:${name}`,
        points: max,
        duration: windowSeconds,
        // Who is far above the limit is refused without asking Redis again.
        inMemoryBlockOnConsumed: max + 1,
      });
  }

  get refused(): number {
    return this.#refused;
  }

  take(key: string): Promise<void> | undefined {
    if (this.#shared !== undefined && this.#redis?.available === true) {
      return this.#takeShared(this.#shared, key);
    }
    this.#takeOwn(key);
    return undefined;
  }

  async #takeShared(shared: RateLimiterRedis, key: string): Promise<void> {
    try {
      await shared.consume(key);
    } catch (error) {
      if (error instanceof RateLimiterRes) {
        throw this.#refusal(error.msBeforeNext);
      }
      // Redis went away meanwhile.
      this.#takeOwn(key);
    }
  }

  #takeOwn(key: string): void {
    const waitMs = this.#own.take(key);
    if (waitMs !== undefined) {
      throw this.#refusal(waitMs);
    }
  }

  #refusal(waitMs: number): WebError {
    this.#refused += 1;
    const seconds = Math.max(1, Math.ceil(waitMs / 1_000));
    return new WebError('TOO_MANY_REQUESTS', `too many joins of this ${this.#name}: try again in ${seconds} s`, {
      retryAfterMs: waitMs,
    });
  }
}
