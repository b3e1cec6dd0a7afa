import { createHmac, createSecretKey } from 'node:crypto';

/** What decides a drawing of lots: whoever has these two can compute every place. */
export interface Lots {
  /** The key: 32 random bytes, made when the lots were drawn. */
  readonly seed: Uint8Array;
  /** How many tickets were in the lobby, N: their numbers are 1 to N. */
  readonly count: bigint;
}

const rounds = 12;
/** Halves of 16 bits: beyond it the arithmetic below would not be exact, and the tables would take seconds. */
const countMax = 2 ** 32;
const domain = Buffer.from('boxoffice/queue/draw/v1', 'ascii');

/**
 * The order in which the N tickets of a lobby are admitted: a permutation of 1..N keyed by the seed. Whoever joined later has
 * the place of its number.
 *
 * It is a Feistel network over Z_a x Z_b with cycle walking (J. Black and P. Rogaway, "Ciphers with arbitrary finite
 * domains", CT-RSA 2002), with HMAC-SHA-256 as the round function. To compute it elsewhere:
 *
 * - a = ceil(sqrt(N)), b = ceil(N / a). So a * b is less than N + a.
 * - A number n is the pair x = floor((n - 1) / b), y = (n - 1) mod b.
 * - Rounds r = 0, 1, ... 11: when r is even, x = (x + F(r, y)) mod a; when it is odd, y = (y + F(r, x)) mod b.
 * - The result is p = x * b + y + 1. While p > N, go through the rounds again with p in place of n: less than one ticket in
 *   sqrt(N) has to.
 * - F(r, v) = the first 8 bytes, as a big-endian number, of HMAC-SHA-256 with the seed as its key over 40 bytes: the 23 ASCII
 *   characters `boxoffice/queue/draw/v1`, one byte r, N as 8 bytes big-endian, v as 8 bytes big-endian. A modulus has at most
 *   17 bits here, so that no remainder is likelier than another by more than 2^-47.
 *
 * On the number of rounds: with random round functions four rounds cannot be told from a random permutation by anybody who
 * sees few values (Luby and Rackoff, 1988). Here everybody sees all values of one key, and domains may be tiny, so there are
 * more: NIST SP 800-38G has 10 for FF1 and 8 for FF3-1, down to a million values. The seed is made after the lobby has
 * closed and used for one draw, and nobody can choose a number to suit it; what counts is that the order is even, which a
 * test checks down to two tickets.
 *
 * F takes no more than sqrt(N) values in a round, so all rounds are tabulated at once: 12,000 HMACs for a million tickets,
 * some 25 ms and 48 KB. After that a look-up takes about 100 ns.
 */
export class DrawnOrder {
  readonly #count: number;
  readonly #a: number;
  readonly #b: number;
  readonly #tables: readonly Uint32Array[];

  /** @throws RangeError for more than 2^32 tickets. */
  constructor({ seed, count }: Lots) {
    this.#count = Number(count);
    if (this.#count > countMax) throw new RangeError(`${count} lots are more than can be drawn`);
    this.#a = Math.ceil(Math.sqrt(this.#count));
    this.#b = this.#a === 0 ? 0 : Math.ceil(this.#count / this.#a);
    this.#tables = Array.from({ length: rounds }, (_, round) =>
      round % 2 === 0
        ? tabulate({ seed, count }, round, { values: this.#b, modulus: this.#a })
        : tabulate({ seed, count }, round, { values: this.#a, modulus: this.#b }),
    );
  }

  /** How many lots were drawn. */
  get count(): number {
    return this.#count;
  }

  /** The place of a number. */
  place(number: number): number {
    if (number > this.#count) return number;
    let place = number;
    do place = this.#forward(place);
    while (place > this.#count);
    return place;
  }

  /** The number that has a place. */
  number(place: number): number {
    if (place > this.#count) return place;
    let number = place;
    do number = this.#backward(number);
    while (number > this.#count);
    return number;
  }

  #forward(from: number): number {
    const [a, b] = [this.#a, this.#b];
    let y = (from - 1) % b;
    let x = (from - 1 - y) / b;
    for (let round = 0; round < rounds; round += 2) {
      x += this.#tables[round]?.[y] ?? 0;
      if (x >= a) x -= a;
      y += this.#tables[round + 1]?.[x] ?? 0;
      if (y >= b) y -= b;
    }
    return x * b + y + 1;
  }

  #backward(from: number): number {
    const [a, b] = [this.#a, this.#b];
    let y = (from - 1) % b;
    let x = (from - 1 - y) / b;
    for (let round = rounds - 2; round >= 0; round -= 2) {
      y -= this.#tables[round + 1]?.[x] ?? 0;
      if (y < 0) y += b;
      x -= this.#tables[round]?.[y] ?? 0;
      if (x < 0) x += a;
    }
    return x * b + y + 1;
  }
}

/** F(round, v) modulo `modulus` for v = 0 .. values - 1. */
function tabulate(
  { seed, count }: Lots,
  round: number,
  { values, modulus }: { readonly values: number; readonly modulus: number },
): Uint32Array {
  const message = Buffer.alloc(domain.length + 17);
  domain.copy(message);
  message.writeUInt8(round, domain.length);
  message.writeBigUInt64BE(count, domain.length + 1);
  // A key object: as bytes it would be read anew for each of them, which takes five times as long.
  const key = createSecretKey(seed);
  const table = new Uint32Array(values);
  for (let value = 0; value < values; value++) {
    message.writeBigUInt64BE(BigInt(value), domain.length + 9);
    const mac = createHmac('sha256', key).update(message).digest();
    const high = mac.readUInt32BE(0) % modulus;
    table[value] = (high * 2 ** 32 + mac.readUInt32BE(4)) % modulus;
  }
  return table;
}
