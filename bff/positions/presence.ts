import { randomUUID } from 'node:crypto';
import type { Client } from '@connectrpc/connect';
import type { QueueService } from '@boxoffice/proto/queue';
import type { Logger } from '@boxoffice/runtime/log';

/** Names waiting tickets that somebody is looking at: a schedule's id and a number. */
export type PresenceSource = () => Iterable<readonly [scheduleId: bigint, number: bigint]>;

interface PresenceOptions {
  readonly queue: Pick<Client<typeof QueueService>, 'reportPresence'>;
  readonly log: Logger;
  readonly intervalMs?: number;
  /** Unreported tickets beyond this many are dropped: they will be seen again. */
  readonly ticketsMax?: number;
}

const queuesPerReportMax = 100;
const ticketsPerReportMax = 5_000;
const reportTimeoutMs = 5_000;
// When everything starts or restarts together, the Queue is away for some seconds.
const failuresToTell = 5;

/**
 * Tells the Queue every second which waiting tickets were polled or streamed since the last time; also when there are
 * none, as a sign of life. What could not be reported is kept for the next report.
 */
export class Presence implements AsyncDisposable {
  readonly #options: Required<PresenceOptions>;
  readonly #reporterId = randomUUID();
  readonly #sources: PresenceSource[] = [];
  #seen = new Map<bigint, Set<bigint>>();
  #count = 0;
  #joined = new Map<bigint, Set<bigint>>();
  #joinedCount = 0;
  #timer: NodeJS.Timeout | undefined;
  #reporting: Promise<void> = Promise.resolve();
  #failures = 0;
  #closed = false;

  constructor(options: PresenceOptions) {
    this.#options = { intervalMs: 1_000, ticketsMax: 1_000_000, ...options };
    this.#schedule();
  }

  /** Marks a waiting ticket as seen. */
  seen(scheduleId: bigint, number: bigint): void {
    if (this.#count < this.#options.ticketsMax && this.#joined.get(scheduleId)?.has(number) !== true) {
      this.#count += added(this.#seen, scheduleId, number);
    }
  }

  /** Marks a ticket that was given out just now: to join is to be seen, and until the next report that need not be told. */
  joined(scheduleId: bigint, number: bigint): void {
    if (this.#joinedCount < this.#options.ticketsMax) {
      this.#joinedCount += added(this.#joined, scheduleId, number);
    }
  }

  /** Adds tickets that count as seen at every report. */
  include(source: PresenceSource): void {
    this.#sources.push(source);
  }

  /** Reports what is left, once, and ends. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    await this.#reporting;
    if (this.#count > 0) {
      await this.#report();
    }
  }

  #schedule(): void {
    if (!this.#closed) {
      this.#timer = setTimeout(() => {
        this.#reporting = this.#report().then(() => this.#schedule());
      }, this.#options.intervalMs).unref();
    }
  }

  async #report(): Promise<void> {
    for (const source of this.#sources) {
      for (const [scheduleId, number] of source()) {
        this.seen(scheduleId, number);
      }
    }
    const seen = this.#seen;
    this.#seen = new Map();
    this.#count = 0;
    this.#joined = new Map();
    this.#joinedCount = 0;
    const reports = [...reportsOf(seen)];
    for (const [position, present] of reports.entries()) {
      try {
        await this.#options.queue.reportPresence(
          { reporterId: this.#reporterId, present },
          { timeoutMs: reportTimeoutMs },
        );
        this.#failures = 0;
      } catch (error) {
        this.#keep(reports.slice(position).flat(), error);
        return;
      }
    }
  }

  #keep(unreported: Report, error: unknown): void {
    for (const { scheduleId, numbers } of unreported) {
      numbers.forEach((number) => this.seen(scheduleId, number));
    }
    this.#failures++;
    if (this.#failures === failuresToTell) {
      this.#options.log.warn({ err: error }, 'presence cannot be reported: trying again every second');
    }
  }
}

/** Adds a number; returns how many more there are. */
function added(sets: Map<bigint, Set<bigint>>, scheduleId: bigint, number: bigint): number {
  let numbers = sets.get(scheduleId);
  if (numbers === undefined) {
    numbers = new Set();
    sets.set(scheduleId, numbers);
  }
  const before = numbers.size;
  numbers.add(number);
  return numbers.size - before;
}

type Report = { readonly scheduleId: bigint; readonly numbers: bigint[] }[];

// At least one report, which may be empty.
function* reportsOf(seen: ReadonlyMap<bigint, ReadonlySet<bigint>>): Generator<Report> {
  let report: Report = [];
  let room = ticketsPerReportMax;
  for (const [scheduleId, tickets] of seen) {
    const numbers = [...tickets];
    for (let start = 0; start < numbers.length;) {
      const piece = numbers.slice(start, start + room);
      report.push({ scheduleId, numbers: piece });
      start += piece.length;
      room -= piece.length;
      if (room === 0 || report.length === queuesPerReportMax) {
        yield report;
        report = [];
        room = ticketsPerReportMax;
      }
    }
  }
  if (report.length > 0 || seen.size === 0) {
    yield report;
  }
}
