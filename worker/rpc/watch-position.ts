import { setTimeout as delay } from 'node:timers/promises';

import { create } from '@bufbuild/protobuf';
import type { ServiceImpl } from '@connectrpc/connect';
import type { TicketClaims } from '@boxoffice/proto/ticket-token';
import { WatchPositionResponseSchema, type PositionService, type WatchPositionResponse } from '@boxoffice/proto/queue';
import { holderOf, ticketOf } from '@boxoffice/queue/holder';
import { readStandings } from '@boxoffice/queue/read-standings';
import type { StandingRow } from '@boxoffice/queue/sql/describe-tickets';
import { standingMessage } from '@boxoffice/queue/standing';
import { isOver, ticketMessage } from '@boxoffice/queue/ticket';
import type { Pool } from '@boxoffice/runtime/database/pool';

import type { Deps } from '../deps.ts';
import type { QueueTail } from '../queue-tail.ts';

/** At most four messages a second. */
const messageIntervalMs = 250;
/** An admitted ticket is read again so often, since its extension is no change of the queue. */
const admittedIntervalMs = 5_000;
const presenceIntervalMs = 2_000;

/**
 * Streams how one ticket stands. The first message is read from the tables, so that it is never behind what another worker
 * has sent; while the ticket waits, the others come from the board, which is passed over until it has caught up.
 */
export const watchPosition = (deps: Deps): ServiceImpl<typeof PositionService>['watchPosition'] =>
  async function* ({ token }, context) {
    const { signal } = context;
    const claims = holderOf(deps.verifyToken, token, context);
    const row = await read(deps.pool, claims);
    using watched = await deps.tails.watch(claims.scheduleId);
    const watch = new Watch(deps, claims, watched.tail, row);
    let message: WatchPositionResponse | undefined = watch.first();
    for (;;) {
      if (message !== undefined) yield message;
      if (watch.over || signal.aborted) return;
      if (message !== undefined) await pause(messageIntervalMs, signal);
      message = await watch.next(signal);
    }
  };

/** One ticket, from message to message. */
class Watch {
  readonly #deps: Deps;
  readonly #claims: TicketClaims;
  readonly #tail: QueueTail;
  #row: StandingRow;
  /** The last revision told. */
  #revision: bigint;
  /** Up to here the changes have been searched for the end of an admitted ticket. */
  #searched: bigint;
  /** What was told last, where it can change without the row. */
  #ahead: number;
  #inLobby: boolean;
  #paused: boolean;
  #estimated: boolean;
  #readAtMs = performance.now();
  #seenAtMs = Number.NEGATIVE_INFINITY;

  constructor(deps: Deps, claims: TicketClaims, tail: QueueTail, row: StandingRow) {
    this.#deps = deps;
    this.#claims = claims;
    this.#tail = tail;
    this.#row = row;
    this.#revision = row.revision;
    this.#searched = row.revision;
    this.#ahead = Number(row.ahead);
    this.#inLobby = row.lobby;
    this.#paused = row.state === 'PAUSED';
    this.#estimated = standingMessage(row).estimatedWait !== undefined;
  }

  get over(): boolean {
    return isOver(this.#row.status);
  }

  first(): WatchPositionResponse {
    return create(WatchPositionResponseSchema, { ticket: standingMessage(this.#row), revision: this.#revision });
  }

  /** Waits for something to happen; undefined when it did not concern this ticket. */
  async next(signal: AbortSignal): Promise<WatchPositionResponse | undefined> {
    if (this.#row.status === 'WAITING') {
      this.#notePresence();
      if (!this.#boardIsNews()) await this.#tail.next(signal, messageIntervalMs * 4);
      return signal.aborted ? undefined : this.#lookAtBoard();
    }
    if (!this.#mayHaveEnded() && this.#dueInMs() > 0) {
      await this.#tail.next(signal, this.#dueInMs());
      if (signal.aborted || (!this.#mayHaveEnded() && this.#dueInMs() > 0)) return undefined;
    }
    return this.#readAgain();
  }

  #boardIsNews(): boolean {
    return this.#tail.revision > this.#revision && !this.#isAsTold();
  }

  #isAsTold(): boolean {
    const { board } = this.#tail;
    const standing = board.standing(this.#row.number);
    if (standing.status !== 'waiting' || standing.ahead !== this.#ahead) return false;
    if (board.inLobby !== this.#inLobby || board.isPaused !== this.#paused) return false;
    return (board.estimatedWait(this.#ahead) !== undefined) === this.#estimated;
  }

  async #lookAtBoard(): Promise<WatchPositionResponse | undefined> {
    const { board } = this.#tail;
    if (board.revision < this.#revision || this.#isAsTold()) return undefined;
    const standing = board.standing(this.#row.number);
    if (standing.status !== 'waiting') return this.#readAgain();
    const estimate = board.estimatedWait(standing.ahead);
    this.#revision = board.revision;
    this.#ahead = standing.ahead;
    this.#estimated = estimate !== undefined;
    this.#inLobby = board.inLobby;
    this.#paused = board.isPaused;
    const ticket = ticketMessage(this.#row, {
      ahead: standing.ahead,
      place: board.place(this.#row.number),
      lobbyOpensAt: board.inLobby ? board.opensAt : undefined,
      paused: board.isPaused,
      estimate,
    });
    return create(WatchPositionResponseSchema, { ticket, revision: this.#revision });
  }

  async #readAgain(): Promise<WatchPositionResponse | undefined> {
    const before = this.#row;
    const row = await read(this.#deps.pool, this.#claims);
    this.#row = row;
    this.#readAtMs = performance.now();
    if (row.revision > this.#revision) this.#revision = row.revision;
    const same = row.status === before.status && row.admitted_until?.getTime() === before.admitted_until?.getTime();
    return same ? undefined : this.first();
  }

  /** In how many milliseconds an admitted ticket has to be read again. */
  #dueInMs(): number {
    return this.#readAtMs + admittedIntervalMs - performance.now();
  }

  /** True also when it is unknown, since some changes are not remembered any more. */
  #mayHaveEnded(): boolean {
    const { revision } = this.#tail;
    if (revision <= this.#searched) return false;
    const changes = this.#tail.changesAfter(this.#searched);
    this.#searched = revision;
    const { number } = this.#row;
    return changes?.some(({ change }) => change.case === 'ended' && change.value.numbers.includes(number)) ?? true;
  }

  #notePresence(): void {
    if (performance.now() - this.#seenAtMs < presenceIntervalMs) return;
    this.#seenAtMs = performance.now();
    this.#deps.presence.seen(this.#claims);
  }
}

async function read(pool: Pool, claims: TicketClaims): Promise<StandingRow> {
  const [row] = await readStandings(pool, claims.scheduleId, [claims.number]);
  return ticketOf(row, claims);
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal }).catch(() => undefined);
}
