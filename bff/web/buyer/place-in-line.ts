import { call, callOnce, CallError, pause } from '../call.ts';
import { LiveStream, type StreamState } from '../live-stream.ts';
import { Signal } from '../signal.ts';
import type { Position } from '../answers.ts';
import { keepTicket, keptTicket, type KeptTicket } from './kept-tickets.ts';

/** What is known of a member's place in a line. */
export interface PlaceState {
  readonly position?: Position;
  /** How many were ahead when we first knew. */
  readonly start?: number;
  /** How the position comes in. */
  readonly stream: StreamState;
  /** Why there is no place. */
  readonly error?: unknown;
  /** When the next try to get one is made, in our own time. */
  readonly retryAtMs?: number;
}

// Full: others wait for the same room.
const fullRetryMs = 8_000;
const pollMs = 2_000;
const waitsForRoom: ReadonlySet<string> = new Set(['QUEUE_FULL', 'ADDRESS_LIMIT', 'TOO_MANY_REQUESTS']);
// The token was of another time: a fresh start of the system, say.
const staleTokens: ReadonlySet<string> = new Set(['TOKEN_INVALID', 'TICKET_UNKNOWN', 'TOKEN_OF_ANOTHER_SCHEDULE']);

/**
 * A member's place in the line of a date: takes one, or goes on with the one this browser has, and follows it until it is
 * over. By a stream; by asking again and again where there is none.
 */
export class PlaceInLine {
  readonly state = new Signal<PlaceState>({ stream: 'opening' });
  readonly #path: string;
  readonly #scheduleId: number;
  readonly #memberId: string;
  readonly #gone = new AbortController();
  #stream: LiveStream | undefined;
  #polling = false;

  constructor(scheduleId: number, memberId: string) {
    this.#scheduleId = scheduleId;
    this.#memberId = memberId;
    this.#path = `/v1/schedules/${scheduleId}/queue/tickets`;
    void this.#begin();
  }

  /** Ends all that goes on for it; the place itself stays. */
  close(): void {
    this.#gone.abort();
    this.#stream?.close();
  }

  /** Takes a new place, behind everybody who waits. */
  joinAgain(): void {
    this.#stream?.close();
    keepTicket(this.#scheduleId, this.#memberId, undefined);
    this.state.set({ stream: 'opening' });
    void this.#begin();
  }

  /**
   * Gives the place up.
   *
   * @throws CallError.
   */
  async leave(): Promise<void> {
    const ticket = this.#ticket;
    if (ticket !== undefined) {
      await call('DELETE', `${this.#path}/me`, { token: ticket.token });
    }
    this.#stream?.close();
    keepTicket(this.#scheduleId, this.#memberId, undefined);
  }

  get #ticket(): KeptTicket | undefined {
    return keptTicket(this.#scheduleId, this.#memberId);
  }

  async #begin(): Promise<void> {
    const { signal } = this.#gone;
    for (;;) {
      try {
        const { position, token } = await this.#goOnOrJoin();
        this.#take(position);
        if (!isOver(position)) this.#follow(token);
        return;
      } catch (error) {
        if (signal.aborted) return;
        const retryMs = retryMsOf(error);
        this.#set({ error, ...(retryMs !== undefined && { retryAtMs: Date.now() + retryMs }) });
        if (retryMs === undefined) return;
        await pause(retryMs, signal).catch(() => undefined);
      }
    }
  }

  async #goOnOrJoin(): Promise<{ position: Position; token: string }> {
    const { signal } = this.#gone;
    const ticket = this.#ticket;
    if (ticket !== undefined) {
      try {
        const { body } = await call<Position>('GET', `${this.#path}/me`, { token: ticket.token, signal });
        return { position: body, token: ticket.token };
      } catch (error) {
        if (!(error instanceof CallError) || !staleTokens.has(error.reason)) throw error;
      }
    }
    // Whoever has a live ticket gets the same one again.
    const body = { memberId: this.#memberId };
    const { body: joined } = await callOnce<Position & { token: string }>('POST', this.#path, { body, signal });
    keepTicket(this.#scheduleId, this.#memberId, { token: joined.token });
    return { position: joined, token: joined.token };
  }

  #follow(token: string): void {
    this.#stream = new LiveStream({
      url: `${this.#path}/me/events?token=${encodeURIComponent(token)}`,
      on: { position: (data) => this.#take(JSON.parse(data) as Position) },
      onState: (stream) => {
        this.#set({ stream });
        if (stream !== 'open') void this.#poll(token);
      },
    });
  }

  // Until the stream is back.
  async #poll(token: string): Promise<void> {
    if (this.#polling) return;
    this.#polling = true;
    const { signal } = this.#gone;
    for (;;) {
      await pause(pollMs, signal).catch(() => undefined);
      if (signal.aborted || this.state.value.stream === 'open' || isOver(this.state.value.position)) break;
      try {
        this.#take((await call<Position>('GET', `${this.#path}/me`, { token, signal })).body);
      } catch (error) {
        if (error instanceof CallError && !error.isPassing) this.#set({ error });
      }
    }
    this.#polling = false;
  }

  #take(position: Position): void {
    const known = this.#ticket;
    let start = known?.start;
    if (known !== undefined && position.status === 'WAITING' && position.ahead !== null && position.lobby !== true) {
      start = Math.max(start ?? 0, position.ahead);
      if (start !== known.start) keepTicket(this.#scheduleId, this.#memberId, { ...known, start });
    }
    const { stream } = this.state.value;
    this.state.set({ position, stream, ...(start !== undefined && { start }) });
    if (isOver(position)) this.#stream?.close();
  }

  #set(change: Partial<PlaceState>): void {
    this.state.set({ ...this.state.value, ...change });
  }
}

/** Whether nothing can happen to a place any more. */
export function isOver(position: Position | undefined): boolean {
  return position !== undefined && position.status !== 'WAITING' && position.status !== 'ADMITTED';
}

function retryMsOf(error: unknown): number | undefined {
  if (!(error instanceof CallError) || (!error.isPassing && !waitsForRoom.has(error.reason))) return undefined;
  return Math.max(error.retryAfterMs ?? 0, error.reason === 'QUEUE_FULL' ? fullRetryMs : pollMs);
}
