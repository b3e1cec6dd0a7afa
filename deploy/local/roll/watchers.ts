import { setTimeout as delay } from 'node:timers/promises';

import type { Api } from '../demo/api.ts';
import { watchPosition } from '../demo/position-stream.ts';
import type { Road } from './journey.ts';
import type { Sale } from './sale.ts';

const atOnce = 16;

/** Members who wait in a long line and look at their position by an event stream, which they open again when it ends. */
export class Watchers {
  readonly #road: Road;
  readonly #sale: Sale;
  readonly #end = new AbortController();
  readonly #tokens = new Map<number, string>();
  #watching: Promise<void>[] = [];
  #open = 0;

  constructor(road: Road, sale: Sale) {
    this.#road = road;
    this.#sale = sale;
  }

  /** Joins all of them, and waits until each has heard of its position. */
  async begin(): Promise<void> {
    const left = this.#sale.watchers.values();
    const join = async (): Promise<void> => {
      for (const memberId of left) await this.#join(memberId);
    };
    await Promise.all(Array.from({ length: atOnce }, join));
  }

  /** Streams that are open now. */
  get open(): number {
    return this.#open;
  }

  /** Waits until every stream that ended goes on, or its ticket is admitted; false when the time is over. */
  async allGoOn(limitMs: number): Promise<boolean> {
    const endMs = performance.now() + limitMs;
    while (this.#open < this.#watching.length) {
      if (performance.now() > endMs) return false;
      await delay(20);
    }
    return true;
  }

  /** Ends all streams, and looks that nobody has lost a ticket. */
  async stop(): Promise<void> {
    this.#end.abort();
    await Promise.all(this.#watching);
    const { api, record } = this.#road;
    for (const [number, queueToken] of this.#tokens) {
      const { body, reason } = await api.call({ method: 'GET', path: `${this.#path}/me`, queueToken });
      const isThere = body['number'] === number && (body['status'] === 'WAITING' || body['status'] === 'ADMITTED');
      if (!isThere) record.now.faults.push(`ticket ${number} is lost: ${reason ?? String(body['status'])}`);
    }
  }

  get #path(): string {
    return `/schedules/${this.#sale.watchedId}/queue/tickets`;
  }

  async #join(memberId: string): Promise<void> {
    const { api, record, journal } = this.#road;
    const { body, reason } = await api.call({ method: 'POST', path: this.#path, body: { memberId } });
    if (reason !== undefined) throw new Error(`${memberId} cannot join: ${reason}`);
    const number = Number(body['number']);
    const token = String(body['token']);
    journal.add({ kind: 'ticket', scheduleId: this.#sale.watchedId, number, memberId });
    this.#tokens.set(number, token);
    const heard = Promise.withResolvers<void>();
    const watching = this.#watch(number, token, heard.resolve)
      .catch((error: unknown) => {
        if (this.#end.signal.aborted) return;
        record.now.faults.push(
          `ticket ${number} is not heard of: ${error instanceof Error ? error.message : String(error)}`,
        );
      })
      .finally(() => {
        heard.resolve();
        this.#watching = this.#watching.filter((other) => other !== watching);
      });
    this.#watching.push(watching);
    await heard.promise;
  }

  async #watch(number: number, token: string, heard: () => void): Promise<void> {
    const { record } = this.#road;
    let lowest = Infinity;
    let waits = true;
    const positions = watchPosition(
      this.#counted(() => waits),
      `${this.#path}/me/events`,
      token,
      this.#end.signal,
    );
    for await (const { ahead, status } of positions) {
      heard();
      if (ahead > lowest) record.now.faults.push(`the position of ticket ${number} rose from ${lowest} to ${ahead}`);
      lowest = Math.min(lowest, ahead);
      waits = status === 'WAITING';
      if (!waits) return;
    }
  }

  /** Streams of one ticket: the first one begins, each further one goes on where one has ended while the ticket waited. */
  #counted(waits: () => boolean): Pick<Api, 'stream'> {
    const { api, record } = this.#road;
    let isFirst = true;
    return {
      stream: async (path, token, lastEventId, signal) => {
        const end = AbortSignal.any([signal, this.#end.signal]);
        const response = await api.stream(path, token, lastEventId, end).catch((error: unknown) => {
          if (!this.#end.signal.aborted) record.retried('stream');
          throw error;
        });
        if (!isFirst) record.now.streamsResumed += 1;
        isFirst = false;
        this.#open += 1;
        return counting(response, () => {
          this.#open -= 1;
          if (waits() && !end.aborted) record.now.streamsEnded += 1;
        });
      },
    };
  }
}

/** A response that tells when its body has ended, in whatever way. */
function counting(response: Response, onEnd: () => void): Response {
  const source = response.body ?? new ReadableStream<Uint8Array>();
  async function* bytes(): AsyncGenerator<Uint8Array> {
    try {
      yield* source as AsyncIterable<Uint8Array>;
    } finally {
      onEnd();
    }
  }
  return new Response(ReadableStream.from(bytes()), { headers: response.headers });
}
