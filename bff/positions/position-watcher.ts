import type { WaitEstimate } from '@boxoffice/queue/position-board';
import { isFinal, type PositionAnswer, type WaitRange } from '../answers/position.ts';
import type { EventStream } from '../http/event-stream.ts';
import type { Position } from './positions.ts';
import type { QueueToken } from '../caller/queue-token.ts';

const finalSuffix = '-final';
// A board may hear of a pause before it comes to the change that it is: of one revision there are two states then.
const pausedSuffix = '-paused';
const estimateChangeSecondsMin = 5;
const estimateChangeShare = 0.1;
// The ends of the range are less certain than its middle.
const rangeChangeShare = 0.2;

/** Whether the last event a reader has told the end: there is nothing more to come. */
export function hasSeenTheEnd(lastEventId: string | undefined): boolean {
  return lastEventId?.endsWith(finalSuffix) === true;
}

/** Where the positions of a ticket go: an event stream, or what takes its place. */
export interface PositionSink extends Pick<EventStream, 'ready' | 'heartbeat' | 'fullSinceMs' | 'end' | 'drop'> {
  /** Takes a position; only while it is `ready`. */
  send(event: 'position', answer: PositionAnswer, id: string | undefined): void;
}

/** One reader of a ticket's position: remembers what it was sent, and sends what is new. */
export class PositionWatcher {
  readonly token: QueueToken;
  readonly stream: PositionSink;
  #sent: PositionAnswer | undefined;
  /** The highest revision told; what is older is not told any more. */
  #revision: bigint | undefined;
  /** When the Queue is to be asked again, by `performance.now()`; of tickets that do not wait. */
  askAtMs = 0;
  /** Whether the Queue is being asked. */
  asking = false;

  constructor(token: QueueToken, stream: PositionSink) {
    this.token = token;
    this.stream = stream;
  }

  /** Whether the ticket waited when it was last looked at. */
  get waits(): boolean {
    return this.#sent?.status === 'WAITING';
  }

  /** Sends how the ticket stands, unless the reader has just that: an event of the same id. */
  begin(position: Position, lastEventId: string | undefined): void {
    this.#revision = revisionOf(lastEventId);
    if (lastEventId !== undefined && lastEventId === idOf(position)) {
      this.#sent = position.answer;
    } else {
      this.show(position);
    }
  }

  /** Whether telling who waits anew is worth an event; `ahead` is null in a lobby. */
  isNews(ahead: number | null, estimate: WaitEstimate | undefined, paused: boolean): boolean {
    const sent = this.#sent;
    return (
      sent === undefined ||
      sent.status !== 'WAITING' ||
      sent.ahead !== ahead ||
      (sent.paused ?? false) !== paused ||
      hasMoved(sent, estimate?.seconds, estimate?.range)
    );
  }

  /** Sends how the ticket stands if that is new and the reader keeps up; ends the stream when it is final. */
  show(position: Position): void {
    const { answer, revision = this.#revision } = position;
    const isOld = revision !== undefined && this.#revision !== undefined && revision < this.#revision;
    if (!this.stream.ready || isOld || (this.#sent !== undefined && same(this.#sent, answer))) {
      return;
    }
    this.#sent = answer;
    this.#revision = revision;
    this.stream.send('position', answer, idOf(position));
    if (isFinal(answer)) {
      this.stream.end();
    }
  }
}

/** The revision that a reader has seen; undefined when its last event tells none. */
export function revisionOf(lastEventId: string | undefined): bigint | undefined {
  const digits = /^(\d{1,18})(?:-final|-paused)?$/.exec(lastEventId ?? '')?.[1];
  return digits === undefined ? undefined : BigInt(digits);
}

function idOf({ answer, revision }: Position): string | undefined {
  return revision === undefined ? undefined : `${revision}${suffixOf(answer)}`;
}

function suffixOf(answer: PositionAnswer): string {
  if (isFinal(answer)) {
    return finalSuffix;
  }
  return answer.paused === true ? pausedSuffix : '';
}

function same(sent: PositionAnswer, next: PositionAnswer): boolean {
  return (
    sent.status === next.status &&
    sent.ahead === next.ahead &&
    sent.admittedUntil === next.admittedUntil &&
    sent.paused === next.paused &&
    !hasMoved(sent, next.estimatedWaitSeconds ?? undefined, next.estimatedWaitRange ?? undefined)
  );
}

// An estimate moves all the time; by a tenth it is worth telling.
function hasMoved(
  { estimatedWaitSeconds, estimatedWaitRange }: PositionAnswer,
  seconds: number | undefined,
  range: WaitRange | undefined,
): boolean {
  return (
    moved(estimatedWaitSeconds, seconds, estimateChangeShare) ||
    moved(estimatedWaitRange?.minSeconds ?? null, range?.minSeconds, rangeChangeShare) ||
    moved(estimatedWaitRange?.maxSeconds ?? null, range?.maxSeconds, rangeChangeShare)
  );
}

function moved(sent: number | null, next: number | undefined, share: number): boolean {
  if (sent === null || next === undefined) {
    return (sent === null) !== (next === undefined);
  }
  return Math.abs(next - sent) > Math.max(estimateChangeSecondsMin, sent * share);
}
