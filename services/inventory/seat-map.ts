import type { SeatRow, SeatState } from './seat.ts';

const states: Readonly<Record<string, SeatState>> = { O: 'OPEN', H: 'HELD', S: 'SOLD' };

/** Some of the seats that have changed. */
export interface SeatPiece {
  readonly seats: readonly SeatRow[];
  readonly last: boolean;
}

/**
 * The seats of a schedule as last read, and at which version each has changed: a reader who has seen version v asks for
 * what is newer, and so gets the newest of each seat once, however long it has been away. Nothing is kept for a reader.
 */
export class SeatMap {
  readonly #seats: SeatRow[] = [];
  readonly #versions: number[] = [];
  #version = 0;

  /** Of the latest change; 0: never read. */
  get version(): number {
    return this.#version;
  }

  get size(): number {
    return this.#seats.length;
  }

  /** Takes over the seats in full, in ascending order of ids; the same ones as before, if there were any before. */
  replace(seats: readonly SeatRow[]): void {
    const version = this.#version + 1;
    for (const [index, seat] of seats.entries()) {
      const old = this.#seats[index];
      if (old?.state === seat.state && old.price === seat.price) continue;
      this.#set(index, seat, version);
    }
    if (this.#version === 0) this.#version = version;
  }

  /**
   * Takes over the states alone, one letter a seat.
   *
   * @throws Error when these are not as many as there are seats, or a letter is unknown.
   */
  restate(letters: string): void {
    if (letters.length !== this.#seats.length) throw new Error(`${letters.length} states for ${this.size} seats`);
    const version = this.#version + 1;
    for (const [index, seat] of this.#seats.entries()) {
      const letter = letters.charAt(index);
      if (seat.state.startsWith(letter)) continue;
      const state = states[letter];
      if (state === undefined) throw new Error(`"${letter}" is no state of a seat`);
      this.#set(index, { ...seat, state }, version);
    }
  }

  /** Seats that have changed after a version, in pieces; each as it is when its piece is taken. */
  *newerThan(version: number, pieceMax: number): Generator<SeatPiece> {
    let seats: SeatRow[] = [];
    for (let index = 0; index < this.#seats.length; index += 1) {
      const seat = this.#seats[index];
      if (seat === undefined || (this.#versions[index] ?? 0) <= version) continue;
      if (seats.length === pieceMax) {
        yield { seats, last: false };
        seats = [];
      }
      seats.push(seat);
    }
    if (seats.length > 0) yield { seats, last: true };
  }

  #set(index: number, seat: SeatRow, version: number): void {
    this.#seats[index] = seat;
    this.#versions[index] = version;
    this.#version = version;
  }
}
