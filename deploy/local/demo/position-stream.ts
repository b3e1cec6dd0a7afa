import { setTimeout as delay } from 'node:timers/promises';

import { UnreachableError, type Api } from './api.ts';

/** How a ticket stands, as far as the demo looks. */
export interface Position {
  readonly status: string;
  readonly ahead: number;
}

const reconnectMs = { first: 100, max: 1_000 } as const;
const silenceLimitMs = 30_000;
/** Without a single event; events start it anew. */
const outageLimitMs = 60_000;

/**
 * Watches a ticket's position on the event stream, and connects again with the id of the last event whenever the stream
 * breaks. Ends when the reader does not want more.
 *
 * @throws UnreachableError when there was no event for a minute of trying; the signal's reason when the demo ends.
 */
export async function* watchPosition(
  api: Pick<Api, 'stream'>,
  path: string,
  queueToken: string,
  signal: AbortSignal,
): AsyncGenerator<Position> {
  let lastEventId: string | undefined;
  let outageSince = performance.now();
  for (let failures = 0; performance.now() - outageSince < outageLimitMs; failures += 1) {
    const over = new AbortController();
    try {
      const response = await api.stream(path, queueToken, lastEventId, over.signal);
      for await (const { id, data } of events(response, over)) {
        failures = 0;
        outageSince = performance.now();
        lastEventId = id ?? lastEventId;
        yield JSON.parse(data) as Position;
      }
    } catch {
      signal.throwIfAborted(); // Else the connection broke: make another one.
    } finally {
      over.abort();
    }
    await delay(Math.min(reconnectMs.max, reconnectMs.first * 2 ** failures), undefined, { signal });
  }
  throw new UnreachableError(`no event on ${path} for ${outageLimitMs / 1_000} s`);
}

async function* events(response: Response, over: AbortController): AsyncGenerator<{ id?: string; data: string }> {
  const silence = setTimeout(() => over.abort(), silenceLimitMs);
  const decoder = new TextDecoder();
  let text = '';
  try {
    for await (const bytes of response.body ?? []) {
      silence.refresh();
      text += decoder.decode(bytes as Uint8Array, { stream: true });
      const blocks = text.split('\n\n');
      text = blocks.pop() ?? '';
      for (const block of blocks) {
        const fields = new Map(block.split('\n').map((line) => line.split(/: ?(.*)/s, 2) as [string, string]));
        const data = fields.get('data');
        const id = fields.get('id');
        if (data !== undefined) yield { data, ...(id !== undefined && { id }) };
      }
    }
  } finally {
    clearTimeout(silence);
  }
}
