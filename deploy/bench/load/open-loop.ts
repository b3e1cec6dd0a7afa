import { setTimeout as delay } from 'node:timers/promises';

import { Connection, type Target } from './connection.ts';
import { joinRequests, pollRequest, tokenIn } from './requests.ts';
import { errorName, Tally, type LoadResult } from './tally.ts';

/**
 * Members who come on a schedule, whether or not the ones before are served: each joins and then polls once, on the same
 * connection. A join's latency counts from the moment at which it was due, not from the one at which it could be sent
 * ("coordinated omission"); a poll's from its join's answer.
 */
export interface PairsLoop {
  readonly kind: 'pairs';
  readonly target: Target;
  readonly scheduleId: bigint;
  readonly memberPrefix: string;
  /** Pairs a second, at equal distances. */
  readonly rate: number;
  readonly durationMs: number;
  readonly connections: number;
}

/** One that comes later than this after its time is counted. */
const lateMs = 1;
/** A member who is so late gives up the whole load: the system is behind, and falls back further. */
const hopelessMs = 5_000;
const drainLimitMs = 10_000;
const tickMs = 1;

/** Plays it. @throws Error when the connections cannot be opened. */
export async function runPairs(load: PairsLoop): Promise<LoadResult> {
  const connections = await Connection.openMany(load.connections, load.target);
  try {
    return await new Pairs(load, connections).run();
  } finally {
    connections.forEach((connection) => connection[Symbol.dispose]());
  }
}

class Pairs {
  readonly #load: PairsLoop;
  /** The last one that was given back is taken first: as few are used as the latency needs. */
  readonly #free: Connection[];
  readonly #join: () => string | Buffer;
  readonly #poll: (token: string) => string;
  readonly #tally = new Tally();
  readonly #beginMs = performance.now();
  readonly #total: number;
  #begun = 0;
  #ended = 0;
  #isHopeless = false;

  constructor(load: PairsLoop, connections: readonly Connection[]) {
    this.#load = load;
    this.#free = [...connections];
    this.#join = joinRequests(load.scheduleId, load.memberPrefix, load.target);
    this.#poll = pollRequest(load.scheduleId, load.target);
    this.#total = Math.round((load.rate * load.durationMs) / 1_000);
  }

  async run(): Promise<LoadResult> {
    // Answers make the clock finer than a timer can: see `#finish`.
    const timer = setInterval(() => this.#startDue(), tickMs);
    while (this.#begun < this.#total && !this.#isHopeless) await delay(20);
    clearInterval(timer);
    this.#tally.end();
    const giveUpAtMs = performance.now() + (this.#isHopeless ? 0 : drainLimitMs);
    while (this.#ended < this.#begun && performance.now() < giveUpAtMs) await delay(20);
    this.#tally.error('unanswered', this.#begun - this.#ended);
    this.#tally.error('unstarted', this.#total - this.#begun);
    return this.#tally.result;
  }

  /** Begins all whose time has come, as far as there are connections. */
  #startDue(): void {
    const now = performance.now();
    while (this.#begun < this.#total) {
      const dueAtMs = this.#beginMs + (this.#begun * 1_000) / this.#load.rate;
      if (dueAtMs > now) return;
      this.#isHopeless ||= now - dueAtMs > hopelessMs;
      const connection = this.#isHopeless ? undefined : this.#takeFree();
      if (connection === undefined) return;
      if (now - dueAtMs > lateMs) this.#tally.lateStarts++;
      this.#begun++;
      this.#start(connection, dueAtMs);
    }
  }

  #takeFree(): Connection | undefined {
    for (;;) {
      const connection = this.#free.pop();
      if (connection?.isLost !== true) return connection;
    }
  }

  #start(connection: Connection, dueAtMs: number): void {
    connection.send(this.#join(), (status, body) => {
      const answeredAtMs = performance.now();
      const token = status === 201 ? tokenIn(body) : undefined;
      if (token === undefined) {
        this.#tally.error(`join ${errorName(status)}`);
        return this.#finish(connection);
      }
      this.#tally.histogram('join').record(answeredAtMs - dueAtMs);
      connection.send(this.#poll(token), (pollStatus) => {
        if (pollStatus === 200) this.#tally.histogram('poll').record(performance.now() - answeredAtMs);
        else this.#tally.error(`poll ${errorName(pollStatus)}`);
        this.#finish(connection);
      });
    });
  }

  #finish(connection: Connection): void {
    this.#ended++;
    this.#free.push(connection);
    this.#startDue();
  }
}
