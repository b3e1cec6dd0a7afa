/** Tickets a block: its count is kept, so that a rank is a sum over blocks and a look at the bytes of two of them. */
const blockTickets = 2_048;
const blockBytes = blockTickets / 8;

const bitsOfByte = Uint8Array.from({ length: 256 }, (_, byte) => {
  let bits = 0;
  for (let rest = byte; rest > 0; rest >>= 1) bits += rest & 1;
  return bits;
});

/**
 * Who has left the line: one bit a ticket, from some number on, with the count of each block. A line of a million is 125 KB,
 * and counting those who left between any two tickets takes less than a microsecond.
 */
export class LeftLine {
  /** Blocks before this one have been forgotten. */
  #firstBlock: number;
  #bytes: Uint8Array;
  #counts: Uint16Array;
  #highest = 0;

  /** A line in which nobody has left; numbers below `firstNumber` will not be asked for. */
  constructor(firstNumber = 1) {
    this.#firstBlock = blockOf(firstNumber);
    this.#bytes = new Uint8Array(blockBytes);
    this.#counts = new Uint16Array(1);
  }

  /** The highest number that has left; 0 when nobody has. */
  get highest(): number {
    return this.#highest;
  }

  /** Notes that a ticket left. Noting it again, or one that has been forgotten, changes nothing. */
  add(number: number): void {
    const block = blockOf(number) - this.#firstBlock;
    if (block < 0) return;
    this.#reserve(block + 1);
    const at = this.#byteOf(number);
    const mask = maskOf(number);
    const byte = this.#bytes[at] ?? 0;
    if ((byte & mask) !== 0) return;
    this.#bytes[at] = byte | mask;
    this.#counts[block] = (this.#counts[block] ?? 0) + 1;
    this.#highest = Math.max(this.#highest, number);
  }

  /** Notes all who left according to a bitmap, lowest bit first; `firstNumber` is a multiple of 8, plus 1. */
  addBits(firstNumber: number, bits: Uint8Array): void {
    bits.forEach((byte, index) => {
      for (let bit = 0; byte >> bit > 0; bit++) {
        if (((byte >> bit) & 1) === 1) this.add(firstNumber + index * 8 + bit);
      }
    });
  }

  /** The numbers that have left, ascending. */
  *numbers(): Generator<number> {
    for (const [index, byte] of this.#bytes.entries()) {
      const first = (this.#firstBlock * blockBytes + index) * 8 + 1;
      for (let bit = 0; byte >> bit > 0; bit++) {
        if (((byte >> bit) & 1) === 1) yield first + bit;
      }
    }
  }

  /** Tells whether a ticket has left. */
  has(number: number): boolean {
    if (number > this.#highest || blockOf(number) < this.#firstBlock) return false;
    return ((this.#bytes[this.#byteOf(number)] ?? 0) & maskOf(number)) !== 0;
  }

  /** How many of the tickets strictly between two numbers have left. */
  countBetween(after: number, before: number): number {
    const last = Math.min(before - 1, this.#highest);
    return last <= after ? 0 : this.#countThrough(last) - this.#countThrough(after);
  }

  /** Forgets everybody up to a number; memory is given back in whole blocks, at least half of all at once. */
  forgetThrough(number: number): void {
    const blocks = Math.min(blockOf(number + 1) - this.#firstBlock, this.#counts.length);
    if (blocks < 1 || blocks * 2 < this.#counts.length) return;
    this.#firstBlock = blockOf(number + 1);
    this.#bytes = withBlocks(this.#bytes.subarray(blocks * blockBytes), blockBytes);
    this.#counts = withCounts(this.#counts.subarray(blocks), 1);
  }

  /** The bitmap from a number on (a multiple of 8, plus 1) up to the highest that has left: a copy. */
  bitsFrom(firstNumber: number): Uint8Array {
    const from = Math.max(0, this.#byteOf(firstNumber));
    const to = this.#byteOf(this.#highest) + 1;
    return this.#highest < firstNumber ? new Uint8Array() : this.#bytes.slice(from, to);
  }

  #countThrough(number: number): number {
    const block = blockOf(number) - this.#firstBlock;
    if (block < 0) return 0;
    let count = 0;
    for (let index = 0; index < block; index++) count += this.#counts[index] ?? 0;
    const at = this.#byteOf(number);
    for (let index = block * blockBytes; index < at; index++) count += bitsOfByte[this.#bytes[index] ?? 0] ?? 0;
    // The bits of the last byte up to and with the number's own.
    const upTo = maskOf(number) * 2 - 1;
    return count + (bitsOfByte[(this.#bytes[at] ?? 0) & upTo] ?? 0);
  }

  #reserve(blocks: number): void {
    if (blocks <= this.#counts.length) return;
    const enough = Math.max(blocks, this.#counts.length * 2);
    this.#bytes = withBlocks(this.#bytes, enough * blockBytes);
    this.#counts = withCounts(this.#counts, enough);
  }

  #byteOf(number: number): number {
    return Math.floor((number - 1) / 8) - this.#firstBlock * blockBytes;
  }
}

function blockOf(number: number): number {
  return Math.floor((number - 1) / blockTickets);
}

function maskOf(number: number): number {
  return 1 << ((number - 1) & 7);
}

function withBlocks(bytes: Uint8Array, length: number): Uint8Array {
  const copy = new Uint8Array(Math.max(length, bytes.length));
  copy.set(bytes);
  return copy;
}

function withCounts(counts: Uint16Array, length: number): Uint16Array {
  const copy = new Uint16Array(Math.max(length, counts.length));
  copy.set(counts);
  return copy;
}
