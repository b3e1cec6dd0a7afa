/** A point of the picture. */
export interface Point {
  readonly x: number;
  readonly y: number;
}

/** Where a line of people winds: rows of equal length, joined by half circles, from the door at the upper end. */
export interface LineShape {
  readonly width: number;
  readonly rows: number;
  readonly rowGap: number;
  readonly margin: number;
}

/** The shape of the picture, in its own units. */
export const lineShape: LineShape = { width: 360, rows: 4, rowGap: 44, margin: 34 };

/** How far two people stand apart. */
export const spacing = 21;

/** How long the line is, from the door to its end. */
export function lineLength({ width, rows, rowGap, margin }: LineShape): number {
  return rows * (width - 2 * margin) + (rows - 1) * ((Math.PI * rowGap) / 2);
}

/** The point at a distance from the door; beyond the end, the end. */
export function pointAt(distance: number, shape: LineShape): Point {
  const { width, rowGap, margin } = shape;
  const straight = width - 2 * margin;
  const turn = (Math.PI * rowGap) / 2;
  let left = Math.min(Math.max(0, distance), lineLength(shape));
  for (let row = 0; ; row++) {
    const y = margin + row * rowGap;
    // The door is at the right: the first row leads to the left.
    const leftwards = row % 2 === 0;
    if (left <= straight) {
      return { x: leftwards ? width - margin - left : margin + left, y };
    }
    left -= straight;
    if (left <= turn) {
      const angle = (left / turn) * Math.PI;
      const bulge = (rowGap / 2) * Math.sin(angle);
      return {
        x: leftwards ? margin - bulge : width - margin + bulge,
        y: y + (rowGap / 2) * (1 - Math.cos(angle)),
      };
    }
    left -= turn;
  }
}

/** The path of the line, for drawing it. */
export function linePath(shape: LineShape): string {
  const { width, rows, rowGap, margin } = shape;
  const steps = [`M${width - margin} ${margin}`];
  for (let row = 0; row < rows; row++) {
    const leftwards = row % 2 === 0;
    steps.push(`H${leftwards ? margin : width - margin}`);
    if (row < rows - 1) steps.push(`a${rowGap / 2} ${rowGap / 2} 0 0 ${leftwards ? 0 : 1} 0 ${rowGap}`);
  }
  return steps.join('');
}

const figuresMax = 48;
const figuresMin = 6;

/**
 * How many people a figure of the picture stands for: 1, 2, 5, 10, … so that the line fits. With a scale that is in use
 * already, that one is kept while it still shows enough figures: a line that kept being drawn anew would not seem to move.
 */
export function peoplePerFigure(ahead: number, inUse?: number): number {
  if (inUse !== undefined && ahead <= inUse * figuresMax && (inUse === 1 || ahead >= inUse * figuresMin)) {
    return inUse;
  }
  for (let power = 1; ; power *= 10) {
    const fits = [1, 2, 5].find((step) => ahead <= step * power * figuresMax);
    if (fits !== undefined) return fits * power;
  }
}

/**
 * The distances from the door of the figures ahead of somebody. Each figure is a group of people with a fixed place, so that
 * all of them move on together when some have gone in.
 *
 * @param ahead how many are ahead now, in fractions while it changes.
 * @param start how many were ahead at first.
 */
export function figureDistances(ahead: number, start: number, people: number): number[] {
  const perPerson = spacing / people;
  const gone = Math.max(0, start - ahead);
  const distances: number[] = [];
  for (let place = Math.floor(gone / people) + 1; place * people <= start; place++) {
    // Whoever stands where you do is you.
    if (start - place * people + 1 > people / 2 || people === 1) {
      distances.push((place * people - gone) * perPerson);
    }
  }
  return distances;
}

/** How far from the door you stand. */
export function yourDistance(ahead: number, people: number): number {
  return ((ahead + 1) / people) * spacing;
}
