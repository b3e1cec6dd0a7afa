import { LRUCache } from 'lru-cache';
import { Code, ConnectError, type CallOptions, type Client } from '@connectrpc/connect';
import type { QueueService } from '@boxoffice/proto/queue';
import type { LiveBoards, PositionBoard } from '@boxoffice/queue/position-board';
import { isFinal, lobbyAnswer, positionAnswer, waitingAnswer, type PositionAnswer } from '../answers/position.ts';
import type { Presence } from './presence.ts';
import type { QueueToken } from '../caller/queue-token.ts';

/** A position, and the revision of the queue at which it held; none when the Queue itself was asked. */
export interface Position {
  readonly answer: PositionAnswer;
  readonly revision?: bigint;
}

interface PositionsOptions {
  readonly boards: Pick<LiveBoards, 'board' | 'peek'>;
  readonly queue: Pick<Client<typeof QueueService>, 'getTicket'>;
  readonly presence: Presence;
  /** How long a board may take to come up before the Queue is asked instead. */
  readonly boardWaitMs?: number;
}

// For longer than a board is behind.
const leaversMs = 10_000;
const leaversMax = 20_000;

// A board that did not come up is not waited for again by everybody who polls.
const boardPauseMs = 1_000;
const pausesMax = 1_000;

/**
 * Tells how tickets stand: who waits is answered from the board in memory, exact and without a call; who was admitted,
 * or is over, from the Queue; everybody from the Queue while there is no board.
 */
export class Positions {
  readonly #options: Required<PositionsOptions>;
  readonly #pausedUntilMs = new Map<bigint, number>();
  readonly #leavers = new LRUCache<string, true>({ max: leaversMax, ttl: leaversMs });

  constructor(options: PositionsOptions) {
    this.#options = { boardWaitMs: 300, ...options };
  }

  /**
   * How a ticket stands now. Whoever asks is present.
   *
   * @param options how to call the Queue, made when it has to be: most polls never get there.
   * @throws ConnectError when neither a board nor the Queue can tell.
   */
  async of(token: QueueToken, options: () => CallOptions): Promise<Position> {
    const board = await this.board(token.claims.scheduleId);
    const answer = (board && this.#onBoard(token, board)) ?? (await this.ask(token, options()));
    return board === undefined ? { answer } : { answer, revision: board.revision };
  }

  /**
   * Like {@link of}, and not as of before a revision that its member has seen, at another process perhaps: a board that is
   * behind is passed over.
   */
  async since(revision: bigint | undefined, token: QueueToken, options: () => CallOptions): Promise<Position> {
    const position = await this.of(token, options);
    const isBehind = revision !== undefined && position.revision !== undefined && position.revision < revision;
    return isBehind ? { answer: await this.ask(token, options()) } : position;
  }

  /** Notes that a ticket was given out just now. */
  joined({ claims: { scheduleId, number } }: QueueToken): void {
    this.#options.presence.joined(scheduleId, number);
  }

  /** How a ticket stands, if a board can tell at once: it waits. Whoever asks is present. */
  peek(token: QueueToken): PositionAnswer | undefined {
    const board = this.boardNow(token.claims.scheduleId);
    return board && this.#onBoard(token, board);
  }

  #onBoard({ claims }: QueueToken, board: PositionBoard): PositionAnswer | undefined {
    const { scheduleId, number, ticketId } = claims;
    const standing = board.standing(number);
    if (standing.status !== 'waiting' || this.#leavers.has(ticketId)) {
      return undefined;
    }
    this.#options.presence.seen(scheduleId, number);
    if (board.inLobby) {
      return lobbyAnswer(number, board.opensAt, board.isPaused);
    }
    return waitingAnswer(number, standing.ahead, board.estimatedWait(standing.ahead), board.isPaused);
  }

  /** Notes that a ticket has just been given up here: its member is not told from a board that has yet to hear of it. */
  left({ claims: { ticketId } }: QueueToken): void {
    this.#leavers.set(ticketId, true);
  }

  /** How the Queue itself says a ticket stands. */
  async ask({ text, claims }: QueueToken, options: CallOptions): Promise<PositionAnswer> {
    const { ticket } = await this.#options.queue.getTicket({ token: text }, options);
    if (ticket === undefined) {
      throw new ConnectError('the Queue answered without a ticket', Code.Internal);
    }
    const answer = positionAnswer(ticket);
    if (!isFinal(answer) && answer.status === 'WAITING') {
      this.#options.presence.seen(claims.scheduleId, claims.number);
    }
    return answer;
  }

  /** The board of a queue, if it is there at this moment. */
  boardNow(scheduleId: bigint): PositionBoard | undefined {
    return this.#options.boards.peek(scheduleId);
  }

  /** The board of a queue; undefined when it does not come up soon. */
  async board(scheduleId: bigint, signal?: AbortSignal): Promise<PositionBoard | undefined> {
    const { boards, boardWaitMs } = this.#options;
    const paused = (this.#pausedUntilMs.get(scheduleId) ?? 0) > performance.now();
    try {
      // A board that is up answers without waiting.
      const waitMs = paused ? 0 : boardWaitMs;
      const board = await boards.board(scheduleId, { waitMs, ...(signal !== undefined && { signal }) });
      this.#pausedUntilMs.delete(scheduleId);
      return board;
    } catch (error) {
      if (signal?.aborted === true || !(error instanceof ConnectError)) {
        throw error;
      }
      if (!paused) {
        this.#pause(scheduleId);
      }
      return undefined;
    }
  }

  #pause(scheduleId: bigint): void {
    if (this.#pausedUntilMs.size >= pausesMax) {
      this.#pausedUntilMs.clear();
    }
    this.#pausedUntilMs.set(scheduleId, performance.now() + boardPauseMs);
  }
}
