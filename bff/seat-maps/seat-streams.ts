import type { ServerResponse } from 'node:http';
import type { LiveBoards } from '@boxoffice/queue/position-board';
import { refuse } from '@boxoffice/runtime/error';
import type { Logger } from '@boxoffice/runtime/log';
import { inScope } from '@boxoffice/runtime/telemetry/scope';
import type { Admissions } from '../caller/admissions.ts';
import { EventStream } from '../http/event-stream.ts';
import type { Positions } from '../positions/positions.ts';
import type { QueueToken } from '../caller/queue-token.ts';
import type { StreamRoom } from '../http/stream-room.ts';
import type { LiveSeatMaps } from './live-seat-maps.ts';
import { SeatAudience } from './seat-audience.ts';
import type { SeatMap } from './seat-map.ts';
import { SeatWatcher } from './seat-watcher.ts';

interface SeatStreamsOptions {
  readonly maps: LiveSeatMaps;
  readonly boards: Pick<LiveBoards, 'subscribe'>;
  readonly admissions: Admissions;
  readonly positions: Pick<Positions, 'ask'>;
  readonly room: StreamRoom;
  readonly log: Logger;
  readonly heartbeatMs?: number;
}

// A reader that has taken nothing for so long is gone.
const stalledMs = 60_000;
/** How long a stream waits for a map that is not up yet. */
const mapWaitMs = 2_000;

/** All event streams of seats in this process. One audience a date looks after those of that date. */
export class SeatStreams implements AsyncDisposable {
  readonly #options: Required<SeatStreamsOptions>;
  readonly #audiences = new Map<bigint, SeatAudience>();
  readonly #heartbeat: NodeJS.Timeout;
  #closed = false;

  constructor(options: SeatStreamsOptions) {
    this.#options = { heartbeatMs: 15_000, ...options };
    this.#heartbeat = setInterval(() => this.#beat(), this.#options.heartbeatMs).unref();
  }

  /**
   * Makes room for one more stream. Undo it by the function it returns, once.
   *
   * @throws ServiceError STREAM_LIMIT, DRAINING.
   */
  reserve({ claims: { ticketId } }: QueueToken): () => void {
    this.#refuseAtTheEnd();
    return this.#options.room.reserve(ticketId, 'seats');
  }

  /**
   * The map that a stream is to show.
   *
   * @throws ServiceError SCHEDULE_UNKNOWN; DEPENDENCY_UNAVAILABLE when there is none at this moment.
   */
  async map({ claims: { scheduleId } }: QueueToken, signal: AbortSignal): Promise<SeatMap> {
    const map = await this.#options.maps.map(scheduleId, { waitMs: mapWaitMs, signal });
    this.#refuseAtTheEnd();
    return map;
  }

  /**
   * Streams the seats of a date on a response: all of them first, then what changes, until the ticket is over.
   *
   * @param release undoes the reservation; called when the stream has ended.
   */
  open(
    res: ServerResponse,
    token: QueueToken,
    options: { map: SeatMap; admittedUntil: Date | undefined; release: () => void },
  ): void {
    const audience = this.#audience(token.claims.scheduleId, options.map);
    const stream = new EventStream(res, () => {
      audience.remove(watcher);
      options.release();
    });
    const watcher = new SeatWatcher(token, stream);
    audience.add(watcher, options.admittedUntil);
  }

  /** Ends all streams: their readers connect again, to another process. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    clearInterval(this.#heartbeat);
    for (const audience of this.#audiences.values()) {
      audience.watchers.forEach(({ stream }) => stream.end());
      audience[Symbol.dispose]();
    }
    this.#audiences.clear();
  }

  #refuseAtTheEnd(): void {
    if (this.#closed) {
      throw refuse('DRAINING', 'this process ends: connect again', { retryAfterMs: 1_000 });
    }
  }

  #audience(scheduleId: bigint, map: SeatMap): SeatAudience {
    let audience = this.#audiences.get(scheduleId);
    if (audience === undefined) {
      const { maps, boards, admissions, positions, log } = this.#options;
      const onEmpty = (empty: SeatAudience): void => {
        empty[Symbol.dispose]();
        this.#audiences.delete(scheduleId);
      };
      const options = { scheduleId, map, maps, boards, admissions, positions, log, onEmpty };
      // It outlives the request that it is made for.
      audience = inScope({}, () => new SeatAudience(options));
      this.#audiences.set(scheduleId, audience);
    }
    return audience;
  }

  #beat(): void {
    const now = performance.now();
    for (const audience of this.#audiences.values()) {
      for (const { stream } of audience.watchers) {
        if (now - (stream.fullSinceMs ?? now) > stalledMs) {
          stream.drop();
        } else {
          stream.heartbeat();
        }
      }
    }
  }
}
