/** Opens event streams of positions and notes when which revision arrived. A process of its own; see `Watchers`. */
import { connect, type Socket } from 'node:net';

import type { Target } from './connection.ts';
import { EventScanner } from './event-scanner.ts';
import { Histogram, type HistogramState } from './histogram.ts';

/** First `open`, then `judge`. */
export type WatchOrder =
  | {
      readonly kind: 'open';
      readonly target: Target;
      readonly scheduleId: bigint;
      readonly tokens: readonly string[];
      /** Where the streams come from, in turns: one address has too few ports for many. */
      readonly localAddresses: readonly string[];
    }
  | { readonly kind: 'judge'; readonly admissions: readonly Admission[] };

/** A change that all watchers have to see. */
export interface Admission {
  readonly revision: number;
  /** By the database's clock, which is this machine's: milliseconds since 1970. */
  readonly atMs: number;
}

/** What became of the order. */
export type WatchAnswer =
  | { readonly opened: number }
  | { readonly failure: string }
  | {
      /** From an admission to the event that told it, or a later one: of every watcher and every admission. */
      readonly delays: HistogramState;
      /** Admissions that no event told a watcher. */
      readonly missed: number;
      /** Watchers for whom one of them took longer than a second. */
      readonly lateWatchers: number;
      /** The longest time that a watcher was told nothing. */
      readonly gapMaxMs: number;
      readonly lost: number;
    };

const openAtOnceMax = 128;
const openLimitMs = 30_000;
const lateMs = 1_000;

/** One stream. */
class Watcher {
  readonly seen: { readonly revision: number; readonly atMs: number }[] = [];
  lost = false;
  readonly #scanner = new EventScanner();
  readonly #onFirst: () => void;

  constructor(socket: Socket, onFirst: () => void, onLost: () => void) {
    this.#onFirst = onFirst;
    socket.on('data', (piece) => this.#take(piece));
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.lost = true;
      onLost();
    });
  }

  #take(piece: Buffer): void {
    const revision = this.#scanner.push(piece);
    if (revision === undefined) return;
    this.seen.push({ revision, atMs: Date.now() });
    if (this.seen.length === 1) this.#onFirst();
  }
}

const watchers: Watcher[] = [];

async function open(order: Extract<WatchOrder, { kind: 'open' }>): Promise<WatchAnswer> {
  const { target, scheduleId, tokens, localAddresses } = order;
  const head = `GET /v1/schedules/${scheduleId}/queue/tickets/me/events HTTP/1.1\r\nHost: ${target.host}:${target.port}\r\n`;
  const openOne = async (index: number): Promise<void> => {
    const localAddress = localAddresses[index % localAddresses.length];
    const socket = connect({ ...target, noDelay: true, ...(localAddress !== undefined && { localAddress }) });
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const timer = setTimeout(() => reject(new Error('a stream does not begin')), openLimitMs);
    watchers.push(new Watcher(socket, resolve, () => reject(new Error('a stream was refused or broke'))));
    socket.once('connect', () => socket.write(`${head}Queue-Token: ${tokens[index] ?? ''}\r\n\r\n`, 'latin1'));
    await promise.finally(() => clearTimeout(timer));
  };
  let next = 0;
  const openSome = async (): Promise<void> => {
    while (next < tokens.length) await openOne(next++);
  };
  await Promise.all(Array.from({ length: openAtOnceMax }, openSome));
  return { opened: watchers.length };
}

function judge(admissions: readonly Admission[]): WatchAnswer {
  const delays = new Histogram();
  let missed = 0;
  let lateWatchers = 0;
  let gapMaxMs = 0;
  for (const { seen } of watchers) {
    let at = 0;
    let worstMs = 0;
    for (const { revision, atMs } of admissions) {
      while (at < seen.length && (seen[at]?.revision ?? 0) < revision) at++;
      const event = seen[at];
      if (event === undefined) {
        missed++;
        worstMs = Infinity;
        continue;
      }
      delays.record(event.atMs - atMs);
      worstMs = Math.max(worstMs, event.atMs - atMs);
    }
    if (worstMs > lateMs) lateWatchers++;
    gapMaxMs = Math.max(gapMaxMs, longestGapMs(seen, admissions));
  }
  return { delays: delays.state, missed, lateWatchers, gapMaxMs, lost: watchers.filter(({ lost }) => lost).length };
}

/** While admissions went on. */
function longestGapMs(seen: Watcher['seen'], admissions: readonly Admission[]): number {
  const begin = admissions[0]?.atMs ?? 0;
  const end = admissions.at(-1)?.atMs ?? 0;
  const times = [begin, ...seen.map(({ atMs }) => atMs).filter((atMs) => atMs > begin && atMs < end), end];
  return times.reduce((gap, atMs, index) => Math.max(gap, atMs - (times[index - 1] ?? atMs)), 0);
}

process.on('disconnect', () => process.exit(0));
process.on('SIGINT', () => undefined); // Our parent decides.
process.on('message', (order: WatchOrder) => {
  const answer = order.kind === 'open' ? open(order) : Promise.resolve(judge(order.admissions));
  answer.then(
    (result) => process.send?.(result),
    (error: unknown) => process.send?.({ failure: String(error) } satisfies WatchAnswer),
  );
});
