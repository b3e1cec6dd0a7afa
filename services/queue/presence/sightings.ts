import type { Pool } from '@boxoffice/runtime/database/pool';
import type { Logger } from '@boxoffice/runtime/log';

import { reporterSilenceMsMax, type PresenceChannel } from './presence.ts';
import type { PresenceStore, SeenTicket } from './presence-store.ts';
import { notePresence, noteReporter } from '../sql/note-presence.ts';

/** Who reports: a process, and how its members reach it. */
export interface Reporter {
  readonly id: string;
  readonly channel: PresenceChannel;
}

/**
 * Takes reports of who has been seen. Each is kept in the store, or, when that is not possible, in the table: never in
 * neither. The reporter's sign of life is always in the table, and says where the report went, so that whoever cannot look
 * into that store knows that it is blind.
 */
export class Sightings {
  readonly #pool: Pool;
  readonly #store: PresenceStore | undefined;
  readonly #log: Logger;
  #failing = false;

  constructor(options: { readonly pool: Pool; readonly store?: PresenceStore | undefined; readonly log: Logger }) {
    this.#pool = options.pool;
    this.#store = options.store;
    this.#log = options.log;
  }

  /** Stores a report. The sign of life comes last, so that it covers the tickets. */
  async report({ id, channel }: Reporter, seen: readonly SeenTicket[]): Promise<void> {
    const elsewhere = seen.length === 0 ? undefined : await this.#noteElsewhere(seen);
    if (seen.length > 0 && elsewhere === undefined) {
      await notePresence.run(this.#pool, [seen.map(({ scheduleId }) => scheduleId), seen.map(({ number }) => number)]);
    }
    await noteReporter.run(this.#pool, [id, channel, reporterSilenceMsMax, elsewhere ?? null]);
  }

  async #noteElsewhere(seen: readonly SeenTicket[]): Promise<string | undefined> {
    if (this.#store === undefined) return undefined;
    try {
      const generation = await this.#store.note(seen);
      this.#failing = false;
      return generation;
    } catch (error) {
      // What was stored before it failed does no harm: the tickets were seen.
      if (!this.#failing) this.#log.warn({ why: messageOf(error) }, 'presence is kept in PostgreSQL');
      this.#failing = true;
      return undefined;
    }
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
