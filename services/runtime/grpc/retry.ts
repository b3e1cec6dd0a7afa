import { setTimeout } from 'node:timers/promises';
import { MethodOptions_IdempotencyLevel as IdempotencyLevel } from '@bufbuild/protobuf/wkt';
import type { DescMethod } from '@bufbuild/protobuf';
import { Code, ConnectError } from '@connectrpc/connect';
import { retryAfterMsOf } from '../error.ts';
import { NotConnectedError } from './connection.ts';
import { wasNotBegun } from './not-begun.ts';

const attemptsMax = 4;
const firstDelayMs = 50;
const delayMsMax = 1_000;
const tokensMax = 10;
const tokensPerSuccess = 0.1;

/**
 * Tries calls again that met UNAVAILABLE: after 50 ms, then twice as long each time, at least as long as the server asks
 * for, half of it random; at most four times in all and never past the deadline. Of those, idempotent calls, and any that
 * was certainly not begun: a server that closes did not take it, or it was not sent. That one goes to another server at
 * once.
 *
 * The budget is that of gRFC A6: a failure costs one of ten tokens, a success earns a tenth, and with half or fewer left
 * nothing is tried again, so that a server that is down is not called four times as often as one that is up. A call that was
 * not begun costs none, as there: a server that closes under load refuses more than ten at once. A service config would bring
 * the same, but has to name its methods when the channel is made; here the method itself says.
 */
export class Retries {
  #tokens = tokensMax;

  /** Makes a call, again if need be. `deadlineMs` is by `Date.now()`. */
  async run<T>(method: DescMethod, signal: AbortSignal, deadlineMs: number, call: () => Promise<T>): Promise<T> {
    for (let attempt = 0; ; attempt++) {
      try {
        const result = await call();
        this.#tokens = Math.min(tokensMax, this.#tokens + tokensPerSuccess);
        return result;
      } catch (error) {
        if (!(error instanceof ConnectError) || error.code !== Code.Unavailable) {
          throw error;
        }
        const isFree = wasNotBegun(error);
        const waitMs = isFree && attempt === 0 ? 0 : delayMs(attempt, error);
        const isLate = attempt + 1 >= attemptsMax || Date.now() + waitMs >= deadlineMs;
        if (isLate || !(isFree || this.#allows(method, error))) {
          throw error;
        }
        if (waitMs > 0) await setTimeout(waitMs, undefined, { signal });
      }
    }
  }

  // Counts the failure too.
  #allows(method: DescMethod, error: ConnectError): boolean {
    this.#tokens = Math.max(0, this.#tokens - 1);
    return isIdempotent(method) && !(error.cause instanceof NotConnectedError) && this.#tokens > tokensMax / 2;
  }
}

function isIdempotent({ idempotency }: DescMethod): boolean {
  return idempotency === IdempotencyLevel.NO_SIDE_EFFECTS || idempotency === IdempotencyLevel.IDEMPOTENT;
}

function delayMs(attempt: number, error: ConnectError): number {
  const grownMs = Math.min(firstDelayMs * 2 ** attempt, delayMsMax);
  return Math.max(grownMs, retryAfterMsOf(error) ?? 0) * (0.75 + Math.random() / 2);
}
