import { join } from 'node:path';

import { tickQueue } from '@boxoffice/queue/admission';
import { migrations, schema } from '@boxoffice/queue/migrations/index';
import { migrate } from '@boxoffice/runtime/database/migrate';
import { openPool } from '@boxoffice/runtime/database/pool';
import { createLogger } from '@boxoffice/runtime/log';

import { seedLine } from '../bench-queue.ts';
import type { BoardAnswer, BoardOrder } from '../board-memory.ts';
import { Child } from '../child.ts';
import { median, milliseconds, whole, type Figure } from '../figure.ts';
import type { Bench } from '../scenario.ts';

const database = 'bench_tick';
const scheduleId = 1n;
const admissionsATick = 1_000;
const ticks = 15;
const tickMaxMs = 50;
const boardMaxBytes = 2 * 1_024 ** 2;
const leftShare = 0.05;

/** One tick that admits a thousand of a million, and the memory of their board: in a database of its own, which nobody else ticks. */
export async function tick(bench: Bench): Promise<Figure[]> {
  const url = new URL(bench.system.databases.queue);
  url.pathname = `/${database}`;
  await bench.pool.query(`create database ${database}`);
  try {
    return await measure(bench, url.href);
  } finally {
    await bench.pool.query(`drop database ${database} with (force)`);
  }
}

async function measure(bench: Bench, url: string): Promise<Figure[]> {
  await migrate({ url, schema, migrations, log: createLogger('bench', 'warn') });
  await using pool = openPool({ url, schema, applicationName: 'bench-tick', max: 2, statementTimeoutMs: 180_000 });
  await pool.query(openEverything, [scheduleId]);
  bench.say(`  filling a line of ${whole(bench.tickets)} tickets ...`);
  await seedLine(pool, scheduleId, { tickets: bench.tickets, leftShare });

  await using child = new Child<BoardOrder, BoardAnswer>(join(import.meta.dirname, '../board-memory.ts'), [
    '--expose-gc',
  ]);
  const { bytes, waiting } = await child.ask({ url, scheduleId }, bench.signal);
  const times: number[] = [];
  for (let turn = 0; turn < ticks; turn++) {
    const begin = performance.now();
    const { admitted } = await tickQueue(pool, scheduleId, admissionsATick);
    times.push(performance.now() - begin);
    if (admitted !== admissionsATick) throw new Error(`a tick admitted ${admitted}, not ${admissionsATick}`);
  }
  // The first one plans the statements.
  const [first = 0, ...others] = times;
  return [tickFigure(first, others, waiting), boardFigure(bytes, waiting)];
}

const openEverything = `
  with opened as (
    insert into queues (schedule_id, state, max_active, admit_count, admit_interval_ms, active_ttl_ms, presence_ttl_ms, opens_at)
    values ($1, 'OPEN', 0, 0, 0, 3600000, 0, now())
    returning schedule_id
  ),
  turn as (insert into turns (schedule_id) select schedule_id from opened)
  insert into tails (schedule_id) select schedule_id from opened`;

function tickFigure(firstMs: number, times: readonly number[], waiting: number): Figure {
  return {
    scenario: 'tick',
    what: `one tick that admits ${whole(admissionsATick)} of ${whole(waiting)} who wait`,
    value: `median ${milliseconds(median(times))}`,
    target: `under ${milliseconds(tickMaxMs)} of database time`,
    met: median(times) < tickMaxMs,
    detail:
      `the whole transaction as its client sees it, with round trips and the commit's fsync, which is more than the ` +
      `database's own time; ${times.length} ticks: longest ${milliseconds(Math.max(...times))}; ` +
      `the first, on a new connection, ${milliseconds(firstMs)}`,
  };
}

function boardFigure(bytes: number, waiting: number): Figure {
  return {
    scenario: 'tick',
    what: `memory of the board of ${whole(waiting)} who wait`,
    value: `${(bytes / 1_024).toFixed(0)} KB`,
    target: `under ${boardMaxBytes / 1_024 ** 2} MB`,
    met: bytes < boardMaxBytes,
    detail: 'heap and byte arrays after garbage collection, with the board less without',
  };
}
