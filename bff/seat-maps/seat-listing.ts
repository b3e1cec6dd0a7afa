import { createHash } from 'node:crypto';
import type { Seat } from '@boxoffice/proto/inventory';
import { seatAnswer } from '../answers/catalogue.ts';

/** A seat as REST shows it, in JSON. */
export function seatText(seat: Seat): string {
  return JSON.stringify(seatAnswer(seat));
}

/** All seats of a date at one moment, in ascending order of ids; written as JSON once, however many read it. */
export class SeatListing {
  readonly seats: readonly Seat[];
  #texts: readonly string[] | undefined;
  #body: Buffer | undefined;
  #etag: string | undefined;

  /** @param texts the seats in JSON, where that is known already. */
  constructor(seats: readonly Seat[], texts?: readonly string[]) {
    this.seats = seats;
    this.#texts = texts;
  }

  /** The list in JSON, UTF-8. */
  get body(): Buffer {
    if (this.#body === undefined) {
      this.#body = Buffer.from(`[${(this.#texts ?? this.seats.map(seatText)).join(',')}]`);
      this.#texts = undefined;
    }
    return this.#body;
  }

  /** Names the content: the same list has the same at every BFF. */
  get etag(): string {
    return (this.#etag ??= `"${createHash('sha1').update(this.body).digest('base64url')}"`);
  }
}
