import { setTimeout as delay } from 'node:timers/promises';

import { refuse } from '@boxoffice/runtime/error';
import { Grace } from '@boxoffice/runtime/grace';
import type { Logger } from '@boxoffice/runtime/log';

import type { PaymentRow } from './payment-row.ts';

/** A payment on its way to its end, independent of who asked for it. */
export interface Drive {
  /** How far it is. */
  latest: PaymentRow;
  /** Resolves when the drive has gone as far as it can. Never rejects. */
  readonly done: Promise<void>;
}

/** How long drives that are given up have to give back their payments, before the connections are closed under them. */
const giveUpTimeoutMs = 500;

/** The drives of this process: each payment once, a limited number, and all awaited at the end. */
export class Drives implements AsyncDisposable {
  readonly #max: number;
  readonly #log: Logger;
  readonly #grace: Grace;
  readonly #running = new Map<string, Drive>();
  readonly #afterwards = new Set<Promise<void>>();
  readonly #giveUp = new AbortController();
  #beginning = 0;

  constructor(options: { readonly max: number; readonly grace?: Grace | undefined; readonly log: Logger }) {
    this.#max = options.max;
    this.#grace = options.grace ?? new Grace();
    this.#log = options.log;
  }

  /**
   * Begins a payment when there is room to drive it.
   *
   * @throws ServiceError OVERLOADED when there is none: better refused than begun and left standing; what `begin` throws.
   */
  async withRoom<T>(begin: () => Promise<T>): Promise<T> {
    if (this.#running.size + this.#beginning >= this.#max) {
      throw refuse('OVERLOADED', 'too many payments are under way: try again', { retryAfterMs: 500 });
    }
    this.#beginning += 1;
    try {
      return await begin();
    } finally {
      this.#beginning -= 1;
    }
  }

  /** Drives a payment; when it is being driven already, that drive is the answer. The signal ends with the process. */
  start(payment: PaymentRow, work: (drive: Drive, giveUp: AbortSignal) => Promise<void>): Drive {
    // A refund can begin while the payment's own drive is still ending the ticket, and what was taken over from a drive of
    // this process is not driven by that one any more.
    const name = `${payment.id} ${payment.status} ${payment.refund_id} ${payment.attempt}`;
    const running = this.#running.get(name);
    if (running !== undefined) return running;
    const { promise: done, resolve } = Promise.withResolvers<void>();
    const drive: Drive = { latest: payment, done };
    this.#running.set(name, drive);
    void work(drive, this.#giveUp.signal)
      .catch((error: unknown) => {
        const { id, status } = drive.latest;
        this.#log.warn({ err: error, payment: id, status }, 'a payment is left standing, to be taken over later');
      })
      .finally(() => {
        this.#running.delete(name);
        resolve();
      });
    return drive;
  }

  /** Lets something go on that nobody has to wait for but the end of the process. Its failure is logged. */
  afterwards(work: Promise<unknown>, what: string): void {
    const followed = work
      .catch((error: unknown) => this.#log.warn({ err: error }, what))
      .then(() => void this.#afterwards.delete(followed));
    this.#afterwards.add(followed);
  }

  /** Waits for what is under way while there is time; what is left then is told to give up, and is taken over by others. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#all(this.#grace.leftMs());
    this.#giveUp.abort(new Error('the process ends'));
    await this.#all(giveUpTimeoutMs);
  }

  async #all(timeoutMs: number): Promise<void> {
    const timer = new AbortController();
    const late = delay(timeoutMs, undefined, { signal: timer.signal }).catch(() => undefined);
    const drives = Promise.all([...this.#running.values()].map(({ done }) => done));
    await Promise.race([drives.then(() => Promise.all(this.#afterwards)), late]);
    timer.abort();
  }
}
