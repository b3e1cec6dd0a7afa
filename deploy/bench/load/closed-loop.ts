import { setTimeout as delay } from 'node:timers/promises';

import { Connection, type Target } from './connection.ts';
import type { RequestPlan } from './requests.ts';
import { isGood, requestsOf } from './requests.ts';
import { errorName, Tally, type LoadResult } from './tally.ts';

/** A load in which each connection asks as soon as it is answered: it finds out how much there can be. */
export interface ClosedLoop {
  readonly kind: 'closed';
  readonly target: Target;
  readonly plan: RequestPlan;
  readonly connections: number;
  /** Before anything is counted. */
  readonly warmUpMs: number;
  readonly durationMs: number;
  /** Asks each request of the plan once first, so that no token is seen for the first time later. For polls. */
  readonly firstAll?: boolean;
}

/** A load of so many requests: each connection asks as soon as it is answered, until all are. */
export interface CountedLoop {
  readonly kind: 'counted';
  readonly target: Target;
  readonly plan: RequestPlan;
  readonly connections: number;
  readonly requests: number;
}

const firstAllLimitMs = 60_000;

/** Plays it. @throws Error when the connections cannot be opened. */
export async function runClosedLoop(load: ClosedLoop): Promise<LoadResult> {
  const next = requestsOf(load.plan, load.target);
  const connections = await Connection.openMany(load.connections, load.target);
  try {
    if (load.firstAll && load.plan.kind === 'polls') await askOnce(connections, next, load.plan.tokens.length);
    let tally: Tally | undefined;
    let isOver = false;
    const ask = (connection: Connection): void => {
      const sentAtMs = performance.now();
      connection.send(next(), (status) => {
        if (tally !== undefined) count(tally, load.plan, status, sentAtMs);
        if (!isOver && !connection.isLost) ask(connection);
      });
    };
    connections.forEach(ask);
    await delay(load.warmUpMs);
    const measured = (tally = new Tally());
    await delay(load.durationMs);
    measured.end();
    isOver = true;
    tally = undefined;
    return measured.result;
  } finally {
    connections.forEach((connection) => connection[Symbol.dispose]());
  }
}

/** Plays it. What could not be asked, as all connections were lost, is `unstarted`. @throws Error as above. */
export async function runCountedLoop(load: CountedLoop): Promise<LoadResult> {
  const next = requestsOf(load.plan, load.target);
  const connections = await Connection.openMany(load.connections, load.target);
  try {
    const tally = new Tally();
    let begun = 0;
    const askAll = (connection: Connection): Promise<void> => {
      const { promise, resolve } = Promise.withResolvers<void>();
      const ask = (): void => {
        if (begun === load.requests || connection.isLost) return resolve();
        begun++;
        const sentAtMs = performance.now();
        connection.send(next(), (status) => {
          count(tally, load.plan, status, sentAtMs);
          ask();
        });
      };
      ask();
      return promise;
    };
    await Promise.all(connections.map(askAll));
    tally.end();
    tally.error('unstarted', load.requests - begun);
    return tally.result;
  } finally {
    connections.forEach((connection) => connection[Symbol.dispose]());
  }
}

function count(tally: Tally, plan: RequestPlan, status: number, sentAtMs: number): void {
  if (isGood(plan, status)) tally.histogram(plan.kind).record(performance.now() - sentAtMs);
  else tally.error(errorName(status));
}

async function askOnce(connections: readonly Connection[], next: () => string | Buffer, count: number): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const timer = setTimeout(() => reject(new Error('the first answers take too long')), firstAllLimitMs);
  let left = count;
  let under = 0;
  const ask = (connection: Connection): void => {
    if (left === 0) return under === 0 ? resolve() : undefined;
    left--;
    under++;
    connection.send(next(), (status) => {
      under--;
      if (status === 200) ask(connection);
      else reject(new Error(`a first poll was answered with ${status}`));
    });
  };
  connections.forEach(ask);
  try {
    await promise;
  } finally {
    clearTimeout(timer);
  }
}
