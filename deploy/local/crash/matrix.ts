import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { play, type Result } from './play.ts';
import { batchesOf, type Row } from './rows.ts';
import { Stage } from './stage.ts';

/** How to play rows. */
export interface MatrixOptions {
  readonly rows: readonly Row[];
  /** A database for each stage; as many are played at the same time. */
  readonly databaseUrls: readonly string[];
  /** Of the stages. */
  readonly shortLeases?: boolean;
  readonly onResults?: (results: readonly Result[]) => void;
}

/**
 * Plays rows, each stage one batch after the other: most of the time is waiting for a lease to end or a program to start.
 * The results are in the order of the rows.
 *
 * @throws Error when a stage cannot be opened.
 */
export async function playAll({
  rows,
  databaseUrls,
  shortLeases = false,
  onResults,
}: MatrixOptions): Promise<Result[]> {
  const results = new Map<Row, Result>();
  await using resources = new AsyncDisposableStack();
  const compiled = await mkdtemp(join(tmpdir(), 'boxoffice-compiled-'));
  resources.defer(() => rm(compiled, { recursive: true, force: true }));
  // One after the other: the first one compiles for all.
  let opened: Promise<unknown> = Promise.resolve();
  const open = (databaseUrl: string): Promise<Stage> => {
    const stage = opened.then(() => Stage.open({ databaseUrl, compiled, shortLeases }));
    opened = stage.catch(() => undefined);
    return stage;
  };
  const rest = batchesOf(rows);
  await Promise.all(
    databaseUrls.map(async (databaseUrl) => {
      await using stage = await open(databaseUrl);
      for (let next = rest.shift(); next !== undefined; next = rest.shift()) {
        const played = await play(stage, next);
        for (const result of played) results.set(result.row, result);
        onResults?.(played);
      }
    }),
  );
  return rows.flatMap((row) => results.get(row) ?? []);
}
