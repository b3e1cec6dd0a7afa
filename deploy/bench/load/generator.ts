/** The load generator: a process of its own, which plays loads that it is told, and ends with the one that started it. */
import { runClosedLoop, runCountedLoop, type ClosedLoop, type CountedLoop } from './closed-loop.ts';
import { runPairs, type PairsLoop } from './open-loop.ts';
import type { LoadResult } from './tally.ts';

/** What a generator can play. */
export type Load = ClosedLoop | CountedLoop | PairsLoop;

/** What it answers. */
export type Outcome = { readonly result: LoadResult } | { readonly failure: string };

function play(load: Load): Promise<LoadResult> {
  switch (load.kind) {
    case 'closed':
      return runClosedLoop(load);
    case 'counted':
      return runCountedLoop(load);
    case 'pairs':
      return runPairs(load);
  }
}

process.on('disconnect', () => process.exit(0));
process.on('SIGINT', () => undefined); // Ctrl-C reaches the whole terminal; our parent decides.
process.on('message', (load: Load) => {
  play(load).then(
    (result) => process.send?.({ result } satisfies Outcome),
    (error: unknown) => process.send?.({ failure: String(error) } satisfies Outcome),
  );
});
