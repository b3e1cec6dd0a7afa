import { Api, UnreachableError, type Answer } from './api.ts';
import { cast } from './cast.ts';
import type { Journal } from './journal.ts';
import { Member, type Setting } from './member.ts';
import type { DemoOptions } from './options.ts';
import type { Scene } from './scene.ts';

/** Where and how to play. */
export interface OnSaleOptions extends DemoOptions {
  /** Of the BFF, without `/v1`. */
  readonly url: string;
  readonly operatorKey: string;
  readonly scene: Scene;
  readonly journal: Pick<Journal, 'add'>;
  readonly signal: AbortSignal;
}

const price = 99_000;
const daysAhead = 30;
/** Short, so that seats and places come back while the demo lasts; long enough to outlast the restart of a program. */
const seconds = { hold: 6, active: 10, presence: 30 } as const;
const preparationsMax = 16;
const closeLimitMs = 3_000;

/**
 * Plays an on-sale: enters a date of its own, gives every member an account and money, lets all of them join at once, and
 * waits until each story is over. The queue is closed at the end, whatever the end is.
 *
 * @throws Error when the date or the members cannot be prepared; the signal's reason when that ends it.
 */
export async function playOnSale(options: OnSaleOptions): Promise<{ readonly scheduleId: number }> {
  const { url, scene, journal, signal } = options;
  const api = new Api({ url, signal, onRetry: (reason) => scene.retry(reason) });
  const scheduleId = await enterDate(api, options);
  try {
    const setting: Setting = { api, scene, journal, scheduleId, price, signal };
    const run = `${Date.now().toString(36)}${Math.floor(Math.random() * 36 ** 3).toString(36)}`;
    const members = cast(options.members, run).map((part) => new Member(part, setting));
    await prepare(members);
    scene.beginRush();
    await Promise.all(members.map((member) => member.play()));
  } finally {
    await closeQueue(options, scheduleId);
  }
  return { scheduleId };
}

async function enterDate(api: Api, { operatorKey, seats, maxActive }: OnSaleOptions): Promise<number> {
  const concert = await create(api, operatorKey, '/admin/concerts', {
    name: 'One Night Only',
    description: 'The concert of the on-sale demo.',
    venue: 'Boxoffice',
  });
  return await create(api, operatorKey, `/admin/concerts/${concert}/schedules`, {
    date: new Date(Date.now() + daysAhead * 86_400_000).toISOString().slice(0, 10),
    seatCount: seats,
    price,
    holdSeconds: seconds.hold,
    queue: { maxActive, activeTtlSeconds: seconds.active, presenceTtlSeconds: seconds.presence },
  });
}

/** The id of what was made. */
async function create(api: Api, operatorKey: string, path: string, body: object): Promise<number> {
  const answer = await api.callAs(operatorKey, { method: 'POST', path, body });
  const { id } = answer.body;
  if (answer.status !== 201 || typeof id !== 'number') throw new Error(`POST ${path} was answered ${inWords(answer)}`);
  return id;
}

/** A bounded number at once. */
async function prepare(members: readonly Member[]): Promise<void> {
  const rest = [...members];
  const work = async (): Promise<void> => {
    for (let member = rest.pop(); member !== undefined; member = rest.pop()) await member.prepare();
  };
  await Promise.all(Array.from({ length: preparationsMax }, work));
}

/** Nobody is let in any more; a date that is left behind open would keep the worker busy. */
async function closeQueue({ url, operatorKey, scene }: OnSaleOptions, scheduleId: number): Promise<void> {
  const signal = AbortSignal.timeout(closeLimitMs);
  const api = new Api({ url, signal, retryLimitMs: closeLimitMs });
  const path = `/admin/schedules/${scheduleId}/queue/close`;
  try {
    const answer = await api.callAs(operatorKey, { method: 'POST', path, body: {} });
    if (answer.status !== 200) scene.surprise(`POST ${path} was answered ${inWords(answer)}`);
  } catch (error) {
    if (!signal.aborted && !(error instanceof UnreachableError)) throw error;
    scene.surprise(`The queue of date ${scheduleId} could not be closed.`);
  }
}

function inWords({ status, body }: Answer): string {
  return `${status} ${JSON.stringify(body).slice(0, 300)}`;
}
