/** An open seat, as the choice needs to know it. */
export interface OpenSeat {
  readonly id: bigint;
  readonly section: string;
  readonly row: string;
  readonly number: number;
}

/** How good a choice is: `whole` leaves no single seat alone, `beside` is side by side, `scattered` is neither. */
export type Fit = 'whole' | 'beside' | 'scattered';

/** The best seats there are, in ascending order of ids. */
export interface Choice {
  readonly fit: Fit;
  readonly seatIds: readonly bigint[];
}

/**
 * Chooses `count` of the open seats: side by side in the best row where that leaves no single open seat between taken
 * ones, walls and aisles; else side by side in the best row that has so many; else the best there are. Ids ascend from
 * the best seat to the last, and the seats of a row follow each other: so the first block found is the best.
 *
 * One pass over the seats.
 *
 * @param open open seats, in ascending order of ids.
 * @returns undefined when there are fewer than `count`.
 */
export function chooseBest(open: readonly OpenSeat[], count: number): Choice | undefined {
  if (open.length < count) return undefined;
  let beside: number | undefined;
  for (let start = 0; start < open.length;) {
    const end = endOfRun(open, start);
    const rest = end - start - count;
    // Taken from the left end of the run, `rest` seats stay at its right; one in the middle would leave no fewer alone.
    if (rest === 0 || rest > 1) return choice('whole', open, start, count);
    if (rest === 1) beside ??= start;
    start = end;
  }
  return beside === undefined ? choice('scattered', open, 0, count) : choice('beside', open, beside, count);
}

/** Leaves out the last row of a part of the open seats: it may go on in the next part. */
export function completeRows<T extends OpenSeat>(part: readonly T[]): readonly T[] {
  const last = part.at(-1);
  if (last === undefined) return part;
  return part.slice(0, part.findLastIndex((seat) => !sameRow(seat, last)) + 1);
}

/** Where the run of neighbours that begins at `start` ends; exclusive. */
function endOfRun(open: readonly OpenSeat[], start: number): number {
  let end = start + 1;
  for (; end < open.length; end += 1) {
    const [left, right] = [open[end - 1], open[end]];
    if (!left || !right || !sameRow(left, right) || right.number !== left.number + 1) break;
  }
  return end;
}

function sameRow(one: OpenSeat, other: OpenSeat): boolean {
  return one.row === other.row && one.section === other.section;
}

function choice(fit: Fit, open: readonly OpenSeat[], start: number, count: number): Choice {
  return { fit, seatIds: open.slice(start, start + count).map(({ id }) => id) };
}
