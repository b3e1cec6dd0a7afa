import { randomUUID } from 'node:crypto';

import type { Logger } from '@boxoffice/runtime/log';

import type { SeenTicket } from './presence-store.ts';
import type { Sightings } from './sightings.ts';

/** How often a program tells whom it has seen. A fraction of the silence that makes its members unknown. */
const reportIntervalMs = 5_000;
/** Tickets remembered between two reports; more than that are reported sooner. */
const seenMax = 10_000;
const reportTickets = 5_000;

/**
 * Tells the Queue whom this program has seen waiting, with one statement every few seconds and none for each poll or stream.
 * For the programs that partners' members reach directly.
 */
export class PresenceReporter implements AsyncDisposable {
  readonly #sightings: Sightings;
  readonly #log: Logger;
  readonly #id: string;
  readonly #timer: NodeJS.Timeout;
  #seen = new Map<string, SeenTicket>();
  #reporting: Promise<void> = Promise.resolve();

  constructor(options: { readonly sightings: Sightings; readonly log: Logger; readonly program: string }) {
    this.#sightings = options.sightings;
    this.#log = options.log;
    this.#id = `${options.program}-${randomUUID()}`;
    this.#timer = setInterval(() => void this.report(), reportIntervalMs).unref();
    void this.report();
  }

  /** Notes that a waiting ticket polls or streams at this moment. */
  seen(ticket: SeenTicket): void {
    this.#seen.set(`${ticket.scheduleId}/${ticket.number}`, ticket);
    if (this.#seen.size === seenMax) void this.report();
  }

  /** Reports now what was seen since the last time. A failure is logged: the members are seen again. */
  report(): Promise<void> {
    const seen = [...this.#seen.values()];
    this.#seen = new Map();
    this.#reporting = this.#reporting.then(() => this.#send(seen));
    return this.#reporting;
  }

  /** Stops, after a last report. */
  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer);
    await this.report();
  }

  async #send(seen: readonly SeenTicket[]): Promise<void> {
    const reporter = { id: this.#id, channel: 'direct' } as const;
    try {
      for (let from = 0; from === 0 || from < seen.length; from += reportTickets) {
        await this.#sightings.report(reporter, seen.slice(from, from + reportTickets));
      }
    } catch (error) {
      this.#log.warn({ err: error, tickets: seen.length }, 'presence could not be reported');
    }
  }
}
