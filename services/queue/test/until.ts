import { setTimeout as delay } from 'node:timers/promises';

const timeoutMs = 15_000;
const pollMs = 10;

/** Waits for a condition. @throws Error with the last value when it does not come true within 15 s. */
export async function until<T>(read: () => T | Promise<T>, holds: (value: T) => boolean): Promise<T> {
  const endMs = performance.now() + timeoutMs;
  for (;;) {
    const value = await read();
    if (holds(value)) return value;
    if (performance.now() > endMs) throw new Error(`it stayed at ${JSON.stringify(value, bigintAsText)}`);
    await delay(pollMs);
  }
}

function bigintAsText(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value;
}
