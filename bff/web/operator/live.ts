import { useEffect, useState } from 'preact/hooks';
import { pause } from '../call.ts';
import type { Live, Queue } from '../answers.ts';
import { glance } from './desk.ts';
import { withSample, type Sample } from './live-samples.ts';

const everyMs = 1_000;

/** A date that is watched. */
export interface Watched {
  /** As it was a moment ago; undefined at first. */
  readonly live?: Live;
  readonly samples: readonly Sample[];
  /** Why the last reading came to nothing. */
  readonly error?: unknown;
}

/** Reads how a date is doing, once a second, for as long as the component is there. */
export function useLive(scheduleId: number): Watched & { readonly know: (queue: Queue) => void } {
  const [watched, setWatched] = useState<Watched>({ samples: [] });
  useEffect(() => {
    const gone = new AbortController();
    setWatched({ samples: [] });
    watch(scheduleId, gone.signal, setWatched).catch(() => undefined); // It only ends by the signal.
    return () => gone.abort();
  }, [scheduleId]);
  // What an answer to a change told is newer than what was read before it.
  const know = (queue: Queue): void =>
    setWatched((before) => (before.live === undefined ? before : { ...before, live: { ...before.live, queue } }));
  return { ...watched, know };
}

async function watch(
  scheduleId: number,
  signal: AbortSignal,
  show: (change: (before: Watched) => Watched) => void,
): Promise<void> {
  let before: Live | undefined;
  for (;;) {
    const began = performance.now();
    try {
      const live = await glance<Live>(`/v1/admin/schedules/${scheduleId}/live`, signal);
      const last = before;
      show(({ samples }) => ({ live, samples: withSample(samples, live, last) }));
      before = live;
    } catch (error) {
      signal.throwIfAborted();
      show((watched) => ({ ...watched, error }));
    }
    await pause(Math.max(100, everyMs - (performance.now() - began)), signal);
  }
}
