import { isFinal, type PositionAnswer } from './answers/position.ts';
import type { EventStream } from './event-stream.ts';
import type { Position } from './positions.ts';
import type { QueueToken } from './queue-token.ts';

const finalSuffix = '-final';
const estimateChangeSecondsMin = 5;
const estimateChangeShare = 0.1;

/** Whether the last event a reader has told the end: there is nothing more to come. */
export function hasSeenTheEnd(lastEventId: string | undefined): boolean {
  return lastEventId?.endsWith(finalSuffix) === true;
}

/** One reader of a ticket's position: remembers what it was sent, and sends what is new. */
export class PositionWatcher {
  readonly token: QueueToken;
  readonly stream: EventStream;
  #sent: PositionAnswer | undefined;
  /** When the Queue is to be asked again, by `performance.now()`; of tickets that do not wait. */
  askAtMs = 0;
  /** Whether the Queue is being asked. */
  asking = false;

  constructor(token: QueueToken, stream: EventStream) {
    this.token = token;
    this.stream = stream;
  }

  /** Whether the ticket waited when it was last looked at. */
  get waits(): boolean {
    return this.#sent?.status === 'WAITING';
  }

  /** Sends how the ticket stands, unless the reader has just that: an event of the same revision. */
  begin(position: Position, lastEventId: string | undefined): void {
    if (lastEventId !== undefined && lastEventId === idOf(position)) {
      this.#sent = position.answer;
    } else {
      this.show(position);
    }
  }

  /** Whether telling who waits anew is worth an event. */
  isNews(ahead: number, estimate: number | undefined): boolean {
    const sent = this.#sent;
    return sent === undefined || sent.status !== 'WAITING' || sent.ahead !== ahead || moved(sent, estimate);
  }

  /** Sends how the ticket stands if that is new and the reader keeps up; ends the stream when it is final. */
  show(position: Position): void {
    const { answer } = position;
    if (!this.stream.ready || (this.#sent !== undefined && same(this.#sent, answer))) {
      return;
    }
    this.#sent = answer;
    this.stream.send('position', JSON.stringify(answer), idOf(position));
    if (isFinal(answer)) {
      this.stream.end();
    }
  }
}

function idOf({ answer, revision }: Position): string | undefined {
  return revision === undefined ? undefined : `${revision}${isFinal(answer) ? finalSuffix : ''}`;
}

function same(sent: PositionAnswer, next: PositionAnswer): boolean {
  return (
    sent.status === next.status &&
    sent.ahead === next.ahead &&
    sent.admittedUntil === next.admittedUntil &&
    !moved(sent, next.estimatedWaitSeconds ?? undefined)
  );
}

// An estimate moves all the time; by a tenth it is worth telling.
function moved({ estimatedWaitSeconds: sent }: PositionAnswer, next: number | undefined): boolean {
  if (sent === null || next === undefined) {
    return (sent === null) !== (next === undefined);
  }
  return Math.abs(next - sent) > Math.max(estimateChangeSecondsMin, sent * estimateChangeShare);
}
