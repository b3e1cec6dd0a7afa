/** A point of a line: a moment, and what was so then; null where nothing is known. */
export interface Point {
  readonly atMs: number;
  readonly value: number | null;
}

const spanMsMin = 60_000;
const spanMsMax = 600_000;
/** A longer silence is a gap in the line. */
const gapMsMax = 5_000;

/** The part of time and values that a chart shows. */
export interface Scale {
  readonly beginMs: number;
  readonly endMs: number;
  /** Of the axis: a round number, 1 at least. */
  readonly top: number;
}

/** What a chart of these points shows: a minute at least, ten at most, up to the newest. */
export function scaleOf(points: readonly Point[]): Scale {
  const endMs = points.at(-1)?.atMs ?? 0;
  const spanMs = Math.min(spanMsMax, Math.max(spanMsMin, endMs - (points[0]?.atMs ?? endMs)));
  const shown = points.filter(({ atMs }) => atMs >= endMs - spanMs);
  return { beginMs: endMs - spanMs, endMs, top: roundUp(Math.max(1, ...shown.map(({ value }) => value ?? 0))) };
}

/** The next number of 1, 2, 2.5, 4 or 5 times a power of ten. */
export function roundUp(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  const step = [1, 2, 2.5, 4, 5, 10].find((factor) => value <= factor * power * (1 + 1e-9)) ?? 10;
  return step * power;
}

/** Where a point is in a box of a width and a height; y grows downwards. */
export function placeOf(
  { beginMs, endMs, top }: Scale,
  { atMs, value }: Point,
  { width, height }: { readonly width: number; readonly height: number },
): { readonly x: number; readonly y: number } {
  return {
    x: ((atMs - beginMs) / (endMs - beginMs)) * width,
    y: height - (Math.min(value ?? 0, top) / top) * height,
  };
}

/** The path of the line, and of the area below it, in SVG's own words. */
export function pathsOf(
  points: readonly Point[],
  scale: Scale,
  box: { readonly width: number; readonly height: number },
): { readonly line: string; readonly area: string } {
  let line = '';
  let area = '';
  for (const run of runsOf(points.filter(({ atMs }) => atMs >= scale.beginMs))) {
    const places = run.map((point) => placeOf(scale, point, box));
    const [first, last] = [places[0], places.at(-1)];
    if (first === undefined || last === undefined) continue;
    const through = places.map(({ x, y }) => `${round(x)} ${round(y)}`).join('L');
    // One point alone is a line of no length, which a round cap makes a dot.
    line += `M${through}${places.length === 1 ? `L${through}` : ''}`;
    area += `M${round(first.x)} ${box.height}L${through}L${round(last.x)} ${box.height}Z`;
  }
  return { line, area };
}

/** The points that are joined to each other. */
function runsOf(points: readonly Point[]): Point[][] {
  const runs: Point[][] = [];
  let before: Point | undefined;
  for (const point of points) {
    if (point.value === null) {
      before = undefined;
      continue;
    }
    const run = runs.at(-1);
    if (run === undefined || before === undefined || point.atMs - before.atMs > gapMsMax) runs.push([point]);
    else run.push(point);
    before = point;
  }
  return runs;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
