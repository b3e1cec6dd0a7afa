import type { Seat, SeatStatus, WatchSeatsResponse } from '@boxoffice/proto/inventory';
import { SeatListing, seatText } from './seat-listing.ts';

interface Place {
  seat: Seat;
  text: string;
  /** The version of the map at which it changed last. */
  version: number;
}

/** What this process has just done to a seat, and what the stream says of it meanwhile. */
interface Note {
  readonly status: SeatStatus;
  readonly untilMs: number;
  /** Undefined before the first whole list. */
  told: Seat | undefined;
}

/** For longer than the stream is behind, which it is by a fraction of a second. */
const noteMs = 1_000;

/**
 * The seats of a date as a stream tells them, each with the version at which it changed: a reader who has seen a version asks
 * for what is newer. What was done through this process is noted at once, so that who has done it sees it; the stream then
 * confirms it, or corrects it a second later. Nothing the stream says from before the deed undoes it until then.
 */
export class SeatMap {
  #places: Place[] = [];
  #byId = new Map<bigint, Place>();
  #version = 0;
  #epoch = 0;
  #incoming: Seat[] | undefined = [];
  #listing: SeatListing | undefined;
  readonly #notes = new Map<bigint, Note>();

  /** Grows with every change; 0 before the first whole list. */
  get version(): number {
    return this.#version;
  }

  /** Grows with every whole list: who has seen an earlier one starts over. */
  get epoch(): number {
    return this.#epoch;
  }

  /** Whether the whole list of the stream that is open now has come. */
  get complete(): boolean {
    return this.#version > 0 && this.#incoming === undefined;
  }

  /** A new stream begins: the whole list comes next, in pieces. What is known is kept until then. */
  begin(): void {
    this.#incoming = [];
  }

  /** Takes a message of the stream over. @returns whether the map is another one now. */
  take({ seats, complete }: WatchSeatsResponse): boolean {
    const before = this.#version;
    if (this.#incoming === undefined) {
      this.#change(seats);
    } else {
      this.#incoming.push(...seats);
      if (complete) {
        this.#replace(this.#incoming);
        this.#incoming = undefined;
      }
    }
    this.#forgetNotes();
    return this.#version !== before;
  }

  /** Notes what was done to seats through this process just now. @returns whether the map is another one now. */
  note(seatIds: readonly bigint[], status: SeatStatus): boolean {
    const next = this.#version + 1;
    for (const id of seatIds) {
      const place = this.#byId.get(id);
      if (place?.seat.status === status) continue;
      const told = this.#notes.get(id)?.told ?? place?.seat;
      this.#notes.set(id, { status, untilMs: performance.now() + noteMs, told });
      if (place !== undefined) this.#show(place, { ...place.seat, status }, next);
    }
    return this.#version === next;
  }

  /** All seats as they stand. */
  get listing(): SeatListing {
    return (this.#listing ??= new SeatListing(
      this.#places.map(({ seat }) => seat),
      this.#places.map(({ text }) => text),
    ));
  }

  /** The seats that have changed after a version, as they stand, each in JSON. */
  textsSince(version: number): string[] {
    return this.#places.filter((place) => place.version > version).map(({ text }) => text);
  }

  /** The same as messages. */
  seatsSince(version: number): Seat[] {
    return this.#places.filter((place) => place.version > version).map(({ seat }) => seat);
  }

  #replace(seats: readonly Seat[]): void {
    const version = this.#version + 1;
    this.#places = seats.map((seat) => ({ seat, text: seatText(seat), version }));
    this.#byId = new Map(this.#places.map((place) => [place.seat.id, place]));
    this.#epoch++;
    this.#turn(version);
    for (const id of this.#notes.keys()) {
      const place = this.#byId.get(id);
      if (place !== undefined) this.#tell(place, place.seat, version);
    }
  }

  #change(seats: readonly Seat[]): void {
    const version = this.#version + 1;
    for (const seat of seats) {
      const place = this.#byId.get(seat.id);
      // A date never gets seats beside those it was entered with.
      if (place !== undefined) this.#tell(place, seat, version);
    }
  }

  #tell(place: Place, seat: Seat, version: number): void {
    const note = this.#notes.get(seat.id);
    if (note === undefined || note.status === seat.status) {
      this.#notes.delete(seat.id);
      this.#show(place, seat, version);
    } else {
      note.told = seat;
      this.#show(place, { ...seat, status: note.status }, version);
    }
  }

  #forgetNotes(): void {
    const now = performance.now();
    const version = this.#version + 1;
    for (const [id, { untilMs, told }] of this.#notes) {
      if (now < untilMs) continue;
      this.#notes.delete(id);
      const place = this.#byId.get(id);
      if (place !== undefined && told !== undefined) this.#show(place, told, version);
    }
  }

  #show(place: Place, seat: Seat, version: number): void {
    const text = seatText(seat);
    place.seat = seat;
    if (text === place.text) return;
    place.text = text;
    place.version = version;
    this.#turn(version);
  }

  #turn(version: number): void {
    this.#version = version;
    this.#listing = undefined;
  }
}
