import { DrawnOrder } from '@boxoffice/queue/position-board/draw';

import type { Random } from './random.ts';
import type { Sale } from './sale.ts';

/** Those who come, in the order in which they are let in: by index, from the first place on. Times in seconds from the opening. */
export interface Crowd {
  /** When each came; negative before the opening. */
  readonly came: Float64Array;
  /** When each goes away if nobody has let them in. */
  readonly goes: Float64Array;
  /** How many of the first have places drawn by lot. */
  readonly lobby: number;
}

/** How long before the opening the first of the lobby comes. */
const lobbyTime = 1_800;

/** Has a crowd come: the lobby in the order of a draw like that of the Queue, the others as they arrive. */
export function crowdOf({ people, lobbyShare, rushHalfTime, patience, seed }: Sale, random: Random): Crowd {
  const lobby = Math.round(people * lobbyShare);
  const came = new Float64Array(people);
  const order = new DrawnOrder({ seed: seedBytes(seed), count: BigInt(lobby) });
  for (let number = 1; number <= lobby; number += 1) came[order.place(number) - 1] = -lobbyTime * random.next();
  const late = came.subarray(lobby);
  for (let index = 0; index < late.length; index += 1) late[index] = random.exponential(rushHalfTime / Math.LN2);
  late.sort();
  const goes = came.map((at) => (patience === 0 ? Infinity : Math.max(0, at) + random.exponential(patience)));
  return { came, goes, lobby };
}

function seedBytes(seed: number): Uint8Array {
  const bytes = Buffer.alloc(32);
  bytes.writeDoubleBE(seed);
  return bytes;
}
