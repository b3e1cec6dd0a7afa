import type { ServerResponse } from 'node:http';

const lookMs = 15_000;
// A reader that has taken nothing for so long is gone.
const stalledMs = 60_000;

/** Drops the connection of a stream whose reader takes nothing any more. */
export function dropStalled(res: ServerResponse): void {
  let fullSinceMs: number | undefined;
  const timer = setInterval(() => {
    fullSinceMs = res.writableNeedDrain ? (fullSinceMs ?? performance.now()) : undefined;
    if (fullSinceMs !== undefined && performance.now() - fullSinceMs >= stalledMs) {
      res.destroy();
    }
  }, lookMs).unref();
  res.on('drain', () => (fullSinceMs = undefined));
  res.once('close', () => clearInterval(timer));
}
