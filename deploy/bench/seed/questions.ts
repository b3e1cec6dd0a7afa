import type { Pool } from '@boxoffice/runtime/database/pool';

import { milliseconds, quantiles, whole, type Figure } from '../figure.ts';
import { Histogram } from '../load/histogram.ts';

/** Something that is asked of a schema with many rows. */
export interface Question {
  readonly scenario: string;
  /** In words. */
  readonly what: string;
  /** The statements it is asked by, to explain. */
  readonly statements: readonly { readonly text: string }[];
  /** Asks it once, with parameters drawn at random; gives how many rows came. */
  readonly ask: () => Promise<number>;
  /** How often it can be asked, where that is less often than others. */
  readonly timesMax?: number;
  /** What else is to be known. */
  readonly detail?: string;
}

const p99MaxMs = 2;
const timesDefault = 3_000;
/** Before it is measured: connections are made, statements planned, pages read. */
const warmUpShare = 0.1;

/** Asks a question some thousand times, one after the other, and looks which indexes its statements use. */
export async function measure(pool: Pool, question: Question, signal: AbortSignal): Promise<Figure> {
  const histogram = new Histogram();
  const { timesMax = Infinity } = question;
  const warmUps = Math.floor(warmUpShare * Math.min(timesDefault, timesMax));
  const times = Math.min(timesDefault, timesMax - warmUps);
  let rows = 0;
  for (let turn = -warmUps; turn < times; turn++) {
    signal.throwIfAborted();
    const beganAtMs = performance.now();
    const found = await question.ask();
    if (turn < 0) continue;
    histogram.record(performance.now() - beganAtMs);
    rows += found;
  }
  const scans = await scansOf(pool, question);
  const p99Ms = histogram.quantileMs(0.99);
  const details = [
    `${whole(times)} times, one after the other: ${quantiles(histogram)}`,
    `${(rows / times).toFixed(1)} rows on average`,
    `by ${scans.join(', ')}`,
    ...(question.detail === undefined ? [] : [question.detail]),
  ];
  return {
    scenario: question.scenario,
    what: question.what,
    value: `p50 ${milliseconds(histogram.quantileMs(0.5))}, p99 ${milliseconds(p99Ms)}`,
    target: `p99 under ${p99MaxMs} ms, on an index`,
    met: p99Ms < p99MaxMs && !scans.some((scan) => scan.startsWith('the whole')),
    detail: details.join('; '),
  };
}

/** What the plans of a question read: indexes, and tables as a whole. */
async function scansOf(pool: Pool, { statements }: Question): Promise<string[]> {
  const scans = new Set<string>();
  for (const { text } of statements) {
    const { rows } = await pool.query<{ 'QUERY PLAN': string }>(`explain (generic_plan, costs off) ${text}`);
    const plan = rows.map((row) => row['QUERY PLAN']).join('\n');
    for (const [, whole, used, bitmap] of plan.matchAll(
      /Seq Scan on (\w+)|Scan.* using (\w+)|Bitmap Index Scan on (\w+)/g,
    )) {
      scans.add(whole === undefined ? (used ?? bitmap ?? '') : `the whole of ${whole}`);
    }
  }
  return [...scans];
}

/** Takes an element at random. @throws Error when there is none. */
export function anyOf<T>(elements: readonly T[]): T {
  const element = elements[Math.floor(Math.random() * elements.length)];
  if (element === undefined) throw new Error('there is nothing to choose from');
  return element;
}
