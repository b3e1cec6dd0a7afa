import { eventFrame } from '../http/event-stream.ts';
import type { SeatMap } from './seat-map.ts';

/** The events that tell a map: each is made once a version, however many readers are sent it. */
export class SeatFrames {
  readonly #map: SeatMap;
  #version = 0;
  #whole: Buffer | undefined;
  #changes = new Map<number, Buffer>();

  constructor(map: SeatMap) {
    this.#map = map;
  }

  /** Event `map`: all seats. */
  get whole(): Buffer {
    this.#renew();
    return (this.#whole ??= eventFrame('map', this.#map.listing.body));
  }

  /** Event `change`: the seats that have changed after a version, as they stand. */
  since(version: number): Buffer {
    this.#renew();
    let frame = this.#changes.get(version);
    if (frame === undefined) {
      frame = eventFrame('change', `[${this.#map.textsSince(version).join(',')}]`);
      this.#changes.set(version, frame);
    }
    return frame;
  }

  #renew(): void {
    if (this.#version !== this.#map.version) {
      this.#version = this.#map.version;
      this.#whole = undefined;
      this.#changes = new Map();
    }
  }
}
