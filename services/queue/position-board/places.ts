import type { Draw } from '@boxoffice/proto/queue';

import { DrawnOrder } from './draw.ts';

/** Where the tickets of a queue stand in line: at their numbers, but for those of a lobby that was drawn. */
export class Places {
  #draw: Draw | undefined;
  #order: DrawnOrder | undefined;

  /** How the lobby was drawn, when it was. */
  get draw(): Draw | undefined {
    return this.#draw;
  }

  /** The order of a draw that is known is kept: computing it takes some 25 ms for a million. */
  set draw(draw: Draw | undefined) {
    if (draw === undefined) this.#order = undefined;
    else if (!isSame(this.#draw, draw)) this.#order = new DrawnOrder(draw);
    this.#draw = draw;
  }

  /** The place of a number. */
  of(number: number): number {
    return this.#order?.place(number) ?? number;
  }
}

function isSame(known: Draw | undefined, draw: Draw): boolean {
  return known?.count === draw.count && Buffer.compare(known.seed, draw.seed) === 0;
}
