import { call, CallError, get, pause } from '../call.ts';
import { LiveStream, type StreamState } from '../live-stream.ts';
import { Signal } from '../signal.ts';
import type { Position, Seat } from '../answers.ts';
import { SeatMap } from './seat-map.ts';

/** The seats of a date as this page knows them. */
export interface SeatsState {
  readonly map?: SeatMap;
  /** Counts what changed in the map, which is the same object all along. */
  readonly version: number;
  readonly stream: StreamState;
  /** How the ticket stands, where it matters: until when, or that it is over. */
  readonly position?: Position;
  readonly error?: unknown;
}

interface LiveSeatsOptions {
  readonly scheduleId: number;
  readonly token: string;
  /** Seats that changed, in the order in which they did. */
  readonly onChange: (seats: readonly Seat[]) => void;
}

const pollMs = 2_000;
const ticketEveryPolls = 5;

/**
 * The seats of a date, live, for who is admitted: by a stream; by looking every two seconds where there is none. Ends when
 * the ticket does.
 */
export class LiveSeats {
  readonly state = new Signal<SeatsState>({ version: 0, stream: 'opening' });
  readonly #options: LiveSeatsOptions;
  readonly #gone = new AbortController();
  readonly #stream: LiveStream;
  #polling = false;

  constructor(options: LiveSeatsOptions) {
    this.#options = options;
    const { scheduleId, token } = options;
    this.#stream = new LiveStream({
      url: `/v1/schedules/${scheduleId}/seats/events?token=${encodeURIComponent(token)}`,
      on: {
        map: (data) => this.#takeMap(JSON.parse(data) as Seat[]),
        change: (data) => this.#takeChange(JSON.parse(data) as Seat[]),
        over: (data) => this.#takePosition(JSON.parse(data) as Position),
      },
      onState: (stream) => {
        this.#set({ stream });
        if (stream === 'open') void this.refreshTicket();
        // The first refusal already: whoever is here has no time to lose.
        if (stream !== 'open') void this.#poll();
      },
    });
    void this.refreshTicket();
  }

  /** Ends it. */
  close(): void {
    this.#gone.abort();
    this.#stream.close();
  }

  /** Asks until when the turn lasts: a hold makes it longer. */
  async refreshTicket(): Promise<void> {
    const { scheduleId, token } = this.#options;
    const { signal } = this.#gone;
    try {
      this.#takePosition(await get<Position>(`/v1/schedules/${scheduleId}/queue/tickets/me`, { token, signal }));
    } catch (error) {
      this.#fail(error);
    }
  }

  // Until the stream is there.
  async #poll(): Promise<void> {
    if (this.#polling) return;
    this.#polling = true;
    const { scheduleId, token } = this.#options;
    const { signal } = this.#gone;
    for (let polls = 1; !signal.aborted && this.state.value.stream !== 'open'; polls++) {
      try {
        const { body } = await call<Seat[]>('GET', `/v1/schedules/${scheduleId}/seats`, { token, signal });
        this.#takeMap(body);
      } catch (error) {
        this.#fail(error);
      }
      await pause(pollMs, signal).catch(() => undefined);
      if (polls % ticketEveryPolls === 0) await this.refreshTicket();
    }
    this.#polling = false;
  }

  #takeMap(seats: readonly Seat[]): void {
    const { map } = this.state.value;
    if (map?.total === seats.length) {
      this.#takeChange(seats);
    } else {
      this.#set({ map: new SeatMap(seats) });
    }
  }

  #takeChange(seats: readonly Seat[]): void {
    const { map, version } = this.state.value;
    const changed = map?.apply(seats) ?? [];
    if (changed.length > 0) {
      this.#set({ version: version + 1 });
      this.#options.onChange(changed);
    }
  }

  #takePosition(position: Position): void {
    this.#set({ position });
    if (position.status !== 'ADMITTED') this.close();
  }

  #fail(error: unknown): void {
    if (this.#gone.signal.aborted || (error instanceof CallError && error.isPassing)) return;
    this.#set({ error });
    // The ticket is over, or not admitted: the position says which.
    const about = error instanceof CallError ? error.reason : '';
    if (about === 'TICKET_OVER' || about === 'TICKET_WAITING') void this.refreshTicket();
    else this.close();
  }

  #set(change: Partial<SeatsState>): void {
    this.state.set({ ...this.state.value, ...change });
  }
}
