import type { Scene } from './scene.ts';

const surprisesShown = 10;

/** What became of an on-sale, as a table. */
export function report(scene: Scene): string {
  const { members, seats, joined, admitted, sold, waitsMs, soldOutMs, surprises } = scene;
  const rows: (readonly [string, string])[] = [
    ['joined', `${joined} of ${members}`],
    ['admitted', `${admitted}`],
    ['seats sold', `${sold} of ${seats}`],
    ['time to sell out', soldOutMs === undefined ? 'not sold out' : inSeconds(soldOutMs)],
    [
      'wait',
      waitsMs.length === 0
        ? '-'
        : `p50 ${inSeconds(percentile(waitsMs, 50))}, p95 ${inSeconds(percentile(waitsMs, 95))}`,
    ],
    ['stories', ''],
    ...counts(scene.outcomes),
    ['refusals', scene.refusals.size === 0 ? 'none' : ''],
    ...counts(scene.refusals),
    ['made again', scene.retries.size === 0 ? 'nothing' : ''],
    ...counts(scene.retries),
    ['surprises', surprises.length === 0 ? 'none' : ''],
    ...surprises.slice(0, surprisesShown).map((what) => ['', what] as const),
  ];
  return rows.map(([label, value]) => `  ${label.padEnd(18)}${value}`.trimEnd()).join('\n');
}

function counts(of: ReadonlyMap<string, number>): (readonly [string, string])[] {
  return [...of].sort(([, a], [, b]) => b - a).map(([what, count]) => ['', `${String(count).padStart(4)}  ${what}`]);
}

/** The value that so many in a hundred do not exceed. */
export function percentile(values: readonly number[], percent: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1)] ?? 0;
}

function inSeconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`;
}
