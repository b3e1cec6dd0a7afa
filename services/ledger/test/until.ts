import { setTimeout as delay } from 'node:timers/promises';

const limitMs = 10_000;
const pauseMs = 20;

/** Asks again and again until the answer is what is wanted; throws after 10 s. */
export async function until<T>(ask: () => Promise<T>, wanted: (answer: T) => boolean): Promise<T> {
  const limit = AbortSignal.timeout(limitMs);
  for (;;) {
    const answer = await ask();
    if (wanted(answer)) return answer;
    if (limit.aborted) throw new Error('it has not come about within 10 s');
    await delay(pauseMs);
  }
}
