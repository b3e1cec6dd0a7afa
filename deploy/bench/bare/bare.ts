import { join } from 'node:path';

import { Child } from '../child.ts';
import type { Target } from '../load/connection.ts';
import type { BareAddress, BareAnswer } from './bare-server.ts';

/** A bare server that runs. */
export interface Bare extends AsyncDisposable {
  readonly target: Target;
  readonly pid: number;
}

/** Starts a server that gives the answer to everything. */
export async function startBare(answer: BareAnswer, signal: AbortSignal): Promise<Bare> {
  await using stack = new AsyncDisposableStack();
  const child = stack.use(new Child<BareAnswer, BareAddress>(join(import.meta.dirname, 'bare-server.ts')));
  const { port } = await child.ask(answer, signal);
  const resources = stack.move();
  return {
    target: { host: '127.0.0.1', port },
    pid: child.pid ?? 0,
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}

/** Asks the system once, so that a bare server can answer the same bytes. @throws Error unless it answers well. */
export async function sampleAnswer(url: string, init: RequestInit): Promise<BareAnswer> {
  const response = await fetch(url, init);
  const body = await response.text();
  if (!response.ok) throw new Error(`${url} answers ${response.status}: ${body}`);
  return { status: response.status, contentType: response.headers.get('content-type') ?? '', body };
}
