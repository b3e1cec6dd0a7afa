import { serverClock } from './server-clock.ts';
import { Signal } from './signal.ts';

/** A field that broke a rule, by its path as in `queue.maxActive`. */
export interface Violation {
  readonly field: string;
  readonly description: string;
}

/** Why a call came to nothing: the API refused, or nobody answered. */
export class CallError extends Error {
  /** The reason of the refusal; `NETWORK` when there was no answer. */
  readonly reason: string;
  /** The HTTP status; 0 when there was no answer. */
  readonly status: number;
  /** After how many milliseconds another try makes sense; undefined when the server did not say. */
  readonly retryAfterMs: number | undefined;
  readonly metadata: Readonly<Record<string, string>>;
  /** The fields that are wrong, and how. */
  readonly violations: readonly Violation[];

  constructor(reason: string, detail: string, more: Partial<Omit<CallError, 'reason' | keyof Error>> = {}) {
    super(detail);
    this.name = 'CallError';
    this.reason = reason;
    this.status = more.status ?? 0;
    this.retryAfterMs = more.retryAfterMs;
    this.metadata = more.metadata ?? {};
    this.violations = more.violations ?? [];
  }

  /** Whether the same call may go well later, and nothing has been decided. */
  get isPassing(): boolean {
    return this.status === 0 || this.status === 503 || this.status === 408 || this.reason === 'TOO_MANY_REQUESTS';
  }
}

/** What a call sends. */
export interface Sent {
  readonly body?: object;
  /** The queue token. */
  readonly token?: string | undefined;
  /** Makes a POST safe to repeat. */
  readonly key?: string;
  /** What `Authorization: Bearer` carries: an operator's key. */
  readonly bearer?: string;
  readonly signal?: AbortSignal;
}

/** An answer. */
export interface Answer<T> {
  readonly status: number;
  readonly body: T;
}

/** Whether there are calls that got no answer, or a 503, and are tried again: shown on top of the page meanwhile. */
export const connection = new Signal<'fine' | Trouble>('fine');

type Trouble = 'away' | 'busy';

const inTrouble: Record<Trouble, number> = { away: 0, busy: 0 };

function count(trouble: Trouble | undefined, change: 1 | -1): void {
  if (trouble === undefined) return;
  inTrouble[trouble] += change;
  connection.set(inTrouble.away > 0 ? 'away' : inTrouble.busy > 0 ? 'busy' : 'fine');
}

const waitMaxMs = 20_000;

/**
 * Calls the API once.
 *
 * @throws CallError.
 */
export async function callOnce<T>(method: string, path: string, sent: Sent = {}): Promise<Answer<T>> {
  const askedMs = Date.now();
  const late = AbortSignal.timeout(waitMaxMs);
  const response = await fetch(path, {
    method,
    headers: headersOf(sent),
    ...(sent.body !== undefined && { body: JSON.stringify(sent.body) }),
    signal: sent.signal === undefined ? late : AbortSignal.any([sent.signal, late]),
  }).catch((error: unknown) => {
    sent.signal?.throwIfAborted();
    throw new CallError('NETWORK', String(error));
  });
  // An answer out of a cache is older than it looks.
  if (response.headers.get('Cache-Control')?.includes('no-store') === true) {
    serverClock.learn(response.headers.get('Date'), askedMs);
  }
  const body: unknown = await response.json().catch(() => {
    sent.signal?.throwIfAborted();
    return {};
  });
  if (!response.ok) {
    throw refusalOf(response, body);
  }
  return { status: response.status, body: body as T };
}

const triesMax = 6;
const firstPauseMs = 500;
const pauseMaxMs = 8_000;

/**
 * Calls the API, and again while it is away or too busy, less and less often. For calls that may be repeated: reads, and
 * writes with a key.
 *
 * @throws CallError.
 */
export async function call<T>(method: string, path: string, sent: Sent = {}): Promise<Answer<T>> {
  let trouble: Trouble | undefined;
  try {
    for (let tries = 1; ; tries++) {
      try {
        return await callOnce<T>(method, path, sent);
      } catch (error) {
        if (!(error instanceof CallError) || !mayPass(error) || tries >= triesMax) throw error;
        count(trouble, -1);
        trouble = troubleOf(error);
        count(trouble, 1);
        await pause(Math.max(error.retryAfterMs ?? 0, backOffMs(tries)), sent.signal);
      }
    }
  } finally {
    count(trouble, -1);
  }
}

/** Reads something. */
export async function get<T>(path: string, sent?: Sent): Promise<T> {
  return (await call<T>('GET', path, sent)).body;
}

/** How long to wait before another try: twice as long each time, and not all at the same moment. */
export function backOffMs(tries: number): number {
  return Math.min(pauseMaxMs, firstPauseMs * 2 ** (tries - 1)) * (0.75 + Math.random() / 2);
}

/** Waits; ends early, with an error, when the signal says so. */
export function pause(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const stop = (): void => {
      clearTimeout(timer);
      reject(signal?.reason as Error);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop);
      resolve();
    }, ms);
    signal?.addEventListener('abort', stop, { once: true });
  });
}

function troubleOf({ status }: CallError): Trouble | undefined {
  return status === 0 ? 'away' : status === 503 ? 'busy' : undefined;
}

// The first request under the same key is still on its way: its answer comes by asking again.
function mayPass(error: CallError): boolean {
  return error.isPassing || error.reason === 'REQUEST_IN_FLIGHT';
}

function headersOf({ body, token, key, bearer }: Sent): Record<string, string> {
  return {
    Accept: 'application/json',
    ...(body !== undefined && { 'Content-Type': 'application/json' }),
    ...(token !== undefined && { 'Queue-Token': token }),
    ...(key !== undefined && { 'Idempotency-Key': key }),
    ...(bearer !== undefined && { Authorization: `Bearer ${bearer}` }),
  };
}

function refusalOf(response: Response, body: unknown): CallError {
  const { reason, detail, metadata, violations } = (body ?? {}) as {
    reason?: string;
    detail?: string;
    metadata?: Record<string, string>;
    violations?: Violation[];
  };
  const seconds = Number(response.headers.get('Retry-After') ?? NaN);
  return new CallError(reason ?? `HTTP_${response.status}`, detail ?? response.statusText, {
    status: response.status,
    retryAfterMs: Number.isNaN(seconds) ? undefined : seconds * 1_000,
    ...(metadata !== undefined && { metadata }),
    ...(violations !== undefined && { violations }),
  });
}
