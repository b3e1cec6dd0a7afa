import type { ConnectError } from '@connectrpc/connect';
import { refuse } from '../error.ts';
import type { RpcLimits } from './limits.ts';
import { cutShort, notTaken } from './not-begun.ts';

/** A call in progress. */
export interface OpenCall {
  readonly kind: 'unary' | 'stream';
  /** Ends the call with this error. */
  end(reason: ConnectError): void;
}

const overloadRetryMs = 500;

/** The calls in progress in one server: counts them, limits them, and sees them off when the server closes. */
export class OpenCalls {
  readonly #limits: Pick<RpcLimits, 'unaryCallsMax' | 'streamsPerCallerMax'>;
  readonly #calls = new Set<OpenCall>();
  readonly #streams = new Map<string, number>();
  #unaryCalls = 0;
  #draining = false;
  #onEmpty: (() => void) | undefined;

  constructor(limits: Pick<RpcLimits, 'unaryCallsMax' | 'streamsPerCallerMax'>) {
    this.#limits = limits;
  }

  /**
   * Adds a call, which {@link remove} must take out again.
   *
   * @throws ServiceError DRAINING once the server closes, OVERLOADED when there are too many.
   */
  add(call: OpenCall): void {
    if (this.#draining) {
      throw notTaken();
    }
    if (call.kind === 'unary') {
      if (this.#unaryCalls >= this.#limits.unaryCallsMax) {
        throw refuse('OVERLOADED', 'too many calls at once: try again', { retryAfterMs: overloadRetryMs });
      }
      this.#unaryCalls++;
    }
    this.#calls.add(call);
  }

  /** Takes a call out; one that was never added changes nothing, and is told by `false`. */
  remove(call: OpenCall): boolean {
    const wasOpen = this.#calls.delete(call);
    if (wasOpen && call.kind === 'unary') {
      this.#unaryCalls--;
    }
    if (this.#calls.size === 0) {
      this.#onEmpty?.();
    }
    return wasOpen;
  }

  /**
   * Counts a stream of a caller, until the returned function is called (once).
   *
   * @throws ServiceError STREAM_LIMIT when the caller has as many as it may.
   */
  countStream(caller: string): () => void {
    const { streamsPerCallerMax } = this.#limits;
    const count = this.#streams.get(caller) ?? 0;
    if (count >= streamsPerCallerMax) {
      throw refuse('STREAM_LIMIT', `at most ${streamsPerCallerMax} streams at once`, {
        metadata: { limit: String(streamsPerCallerMax) },
      });
    }
    this.#streams.set(caller, count + 1);
    return () => {
      const left = (this.#streams.get(caller) ?? 1) - 1;
      if (left === 0) {
        this.#streams.delete(caller);
      } else {
        this.#streams.set(caller, left);
      }
    };
  }

  /** From now on takes no call, and ends the streams: their callers find another server. Unary calls go on. */
  drain(): void {
    this.#draining = true;
    for (const call of [...this.#calls].filter(({ kind }) => kind === 'stream')) {
      call.end(cutShort());
    }
  }

  /** Ends every call. */
  endAll(): void {
    for (const call of [...this.#calls]) {
      call.end(cutShort());
    }
  }

  /** Waits until no call is left, but not longer than `timeoutMs`. */
  async empty(timeoutMs: number): Promise<void> {
    if (this.#calls.size === 0) {
      return;
    }
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#onEmpty = resolve;
    const timer = setTimeout(resolve, timeoutMs);
    await promise;
    clearTimeout(timer);
    this.#onEmpty = undefined;
  }
}
