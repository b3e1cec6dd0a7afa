import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import { durationFromMs } from '@bufbuild/protobuf/wkt';

import { openQueue, retireQueue, seedLine, tokensOf } from '../bench-queue.ts';
import { Child } from '../child.ts';
import { milliseconds, quantiles, whole, type Figure } from '../figure.ts';
import { Histogram } from '../load/histogram.ts';
import type { Admission, WatchAnswer, WatchOrder } from '../load/watchers.ts';
import { openFilesMax, residentBytes, settledResidentBytes } from '../process-facts.ts';
import type { Bench } from '../scenario.ts';

const watchersWanted = 20_000;
const processes = 2;
const addressesAProcess = 4;
const admissionsASecond = 100;
/** What the BFF needs besides: its files, its connections to the services, those who watch over it. */
const filesElse = 100;
const delayMaxMs = 1_000;
const bytesMax = 25 * 1_024;
/** The last admissions have so long to arrive. */
const settleMs = 2_000;

type Judged = Extract<WatchAnswer, { delays: unknown }>;

/** Watchers of positions on one BFF, while the policy admits a hundred a second. */
export async function watchers(bench: Bench): Promise<Figure[]> {
  const { pool, admin, signal } = bench;
  const seconds = bench.secondsOr(30);
  const count = Math.min(watchersWanted, (await openFilesMax()) - filesElse);
  const before = admissionsASecond * (seconds + 30);
  const scheduleId = await openQueue(bench, {
    maxActive: 0,
    admitCount: admissionsASecond,
    admitInterval: durationFromMs(1_000),
    activeTtl: durationFromMs(3_600_000),
    presenceTtl: durationFromMs(0),
  });
  await admin.pauseQueue({ scheduleId });
  await seedLine(pool, scheduleId, { tickets: before + count });
  const tokens = await tokensOf(bench, scheduleId, { count, after: before });
  const bff = bench.system.supervisor.pidOf('bff') ?? 0;

  await using stack = new AsyncDisposableStack();
  const readers = Array.from({ length: processes }, () =>
    stack.use(new Child<WatchOrder, WatchAnswer>(join(import.meta.dirname, '../load/watchers.ts'))),
  );
  const bytesBefore = await settledResidentBytes(bff, signal);
  const beganAtMs = performance.now();
  await Promise.all(readers.map((reader, index) => openStreams(bench, reader, { scheduleId, tokens, index })));
  const openedMs = performance.now() - beganAtMs;
  const bytesWith = await settledResidentBytes(bff, signal);
  bench.say(`  ${whole(count)} streams opened in ${milliseconds(openedMs)}; the BFF has ${mega(bytesWith)}`);

  await admin.resumeQueue({ scheduleId });
  await delay(seconds * 1_000, undefined, { signal });
  await admin.pauseQueue({ scheduleId });
  await delay(settleMs, undefined, { signal });
  const bytesAfter = await residentBytes(bff);
  const admissions = await admissionsOf(bench, scheduleId);
  const judged = await Promise.all(readers.map((reader) => judge(reader, admissions, signal)));
  await retireQueue(bench, scheduleId);

  const memory = `${mega(bytesBefore)} before, ${mega(bytesWith)} with all, ${mega(bytesAfter)} after the admissions`;
  return [
    delayFigure(judged, { count, admissions: admissions.length }),
    memoryFigure((bytesWith - bytesBefore) / count, count, memory),
  ];
}

async function openStreams(
  { target, signal }: Bench,
  reader: Child<WatchOrder, WatchAnswer>,
  { scheduleId, tokens, index }: { scheduleId: bigint; tokens: readonly string[]; index: number },
): Promise<void> {
  const share = Math.ceil(tokens.length / processes);
  const own = tokens.slice(index * share, (index + 1) * share);
  const addresses = Array.from(
    { length: addressesAProcess },
    (_, nth) => `127.0.0.${2 + index * addressesAProcess + nth}`,
  );
  // Elsewhere than on Linux only 127.0.0.1 is there.
  const localAddresses = process.platform === 'linux' ? addresses : [];
  const answer = await reader.ask({ kind: 'open', target, scheduleId, tokens: own, localAddresses }, signal);
  if ('failure' in answer) throw new Error(`The watchers failed: ${answer.failure}`);
}

async function judge(
  reader: Child<WatchOrder, WatchAnswer>,
  admissions: readonly Admission[],
  signal: AbortSignal,
): Promise<Judged> {
  const answer = await reader.ask({ kind: 'judge', admissions }, signal);
  if (!('delays' in answer)) throw new Error('The watchers do not tell what they saw');
  return answer;
}

async function admissionsOf({ pool }: Bench, scheduleId: bigint): Promise<Admission[]> {
  const { rows } = await pool.query<{ revision: bigint; changed_at: Date }>(
    `select revision, changed_at from changes where schedule_id = $1 and kind = 'ADMITTED' order by revision`,
    [scheduleId],
  );
  if (rows.length === 0) throw new Error('nobody was admitted');
  return rows.map(({ revision, changed_at }) => ({ revision: Number(revision), atMs: changed_at.getTime() }));
}

function delayFigure(judged: readonly Judged[], { count, admissions }: { count: number; admissions: number }): Figure {
  const delays = judged.reduce((all, { delays: own }) => all.add(own), new Histogram());
  const sum = (name: 'missed' | 'lateWatchers' | 'lost'): number => judged.reduce((all, own) => all + own[name], 0);
  const gapMaxMs = Math.max(...judged.map((own) => own.gapMaxMs));
  return {
    scenario: 'watchers',
    what: `from an admission to the event, ${whole(count)} SSE watchers, 100 admissions/s`,
    value: quantiles(delays),
    target: `each within ${milliseconds(delayMaxMs)}, of ${whole(watchersWanted)} or as many as the machine allows`,
    met: sum('lateWatchers') + sum('missed') + sum('lost') === 0,
    detail:
      `${whole(admissions)} changes, seen by all watchers: ${whole(sum('missed'))} never told, ` +
      `${whole(sum('lateWatchers'))} watchers were told one too late, ${whole(sum('lost'))} streams broke; ` +
      `the longest time without an event was ${milliseconds(gapMaxMs)}${limited(count)}`,
  };
}

function memoryFigure(bytes: number, count: number, memory: string): Figure {
  return {
    scenario: 'watchers',
    what: `memory of the BFF for each of ${whole(count)} watchers`,
    value: `${(bytes / 1_024).toFixed(1)} KB`,
    target: `under ${bytesMax / 1_024} KB`,
    met: bytes < bytesMax,
    detail: `resident memory of the BFF: ${memory}${limited(count)}`,
  };
}

function limited(count: number): string {
  return count === watchersWanted ? '' : `; no more than ${whole(count)}: this machine allows a process no more files`;
}

function mega(bytes: number): string {
  return `${(bytes / 1_024 ** 2).toFixed(0)} MB`;
}
