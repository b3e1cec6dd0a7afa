import type { EventStream } from '../http/event-stream.ts';
import type { QueueToken } from '../caller/queue-token.ts';
import type { SeatFrames } from './seat-frames.ts';
import type { SeatMap } from './seat-map.ts';

/** One reader of a date's seats: remembers what it has seen, and is sent what is newer when it has room. */
export class SeatWatcher {
  readonly token: QueueToken;
  readonly stream: EventStream;
  /** When its ticket is to be looked at again, by `performance.now()`. */
  checkAtMs = 0;
  /** Whether its ticket is being looked at. */
  checking = false;
  /** How often in a row that could not be told. */
  checksMissed = 0;
  #epoch = 0;
  #version = 0;

  constructor(token: QueueToken, stream: EventStream) {
    this.token = token;
    this.stream = stream;
  }

  /** Sends what is new, as it stands now, if the reader keeps up. @returns whether it has everything. */
  show(map: SeatMap, frames: SeatFrames): boolean {
    if (this.#version === map.version) {
      return true;
    }
    if (!this.stream.ready) {
      return false;
    }
    this.stream.sendFrame(this.#epoch === map.epoch ? frames.since(this.#version) : frames.whole);
    this.#epoch = map.epoch;
    this.#version = map.version;
    return true;
  }
}
