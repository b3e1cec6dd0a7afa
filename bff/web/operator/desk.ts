import { call, callOnce, CallError } from '../call.ts';
import { Signal } from '../signal.ts';
import { uuid } from '../uuid.ts';

/** Whether somebody is signed in with an operator's key. */
export type Session =
  | { readonly state: 'asking' }
  | { readonly state: 'out'; readonly why?: 'refused' | 'ended' }
  | { readonly state: 'in' };

const keyName = 'boxoffice.operatorKey';
// What a header can carry; anything else cannot be a key.
const keyPattern = /^[\w.~+/-]+=*$/;

/** The session of this tab. */
export const session = new Signal<Session>({ state: 'asking' });

// Kept for this tab alone, and gone with it.
let key = sessionStorage.getItem(keyName) ?? '';

/** Goes on with the key that this tab had before a reload. */
export async function resume(): Promise<void> {
  if (key === '') {
    session.set({ state: 'out' });
    return;
  }
  // Whatever else may be wrong, only a refusal says that the key is.
  await signIn(key).catch(() => session.set({ state: 'in' }));
}

/**
 * Signs in: the key is good if the services let it look at their queues.
 *
 * @throws CallError when nobody can say.
 */
export async function signIn(pasted: string): Promise<void> {
  const wanted = pasted.trim();
  if (!keyPattern.test(wanted)) {
    forget('refused');
    return;
  }
  try {
    await callOnce('GET', '/v1/admin/queues?pageSize=1', { bearer: wanted });
  } catch (error) {
    if (!isRefused(error)) throw error;
    forget('refused');
    return;
  }
  key = wanted;
  sessionStorage.setItem(keyName, wanted);
  session.set({ state: 'in' });
}

/** Signs out. */
export function signOut(): void {
  forget();
}

/** Reads something with the operator's key. @throws CallError */
export async function read<T>(path: string, signal?: AbortSignal): Promise<T> {
  return asOperator(async () => (await call<T>('GET', path, { bearer: key, ...(signal && { signal }) })).body);
}

/** Reads something that is read again soon anyway: once. @throws CallError */
export async function glance<T>(path: string, signal: AbortSignal): Promise<T> {
  return asOperator(async () => (await callOnce<T>('GET', path, { bearer: key, signal })).body);
}

/** The keys of what was begun and whose outcome is not known. */
const open = new Map<string, string>();

/**
 * Does something, once: a double click, or another try after a lost answer, repeats it under the same key. What was decided,
 * done or refused, is another attempt the next time.
 *
 * @throws CallError
 */
export async function act<T>(method: 'POST' | 'PATCH', path: string, body: object): Promise<T> {
  const about = `${method} ${path} ${JSON.stringify(body)}`;
  const attempt = open.get(about) ?? uuid();
  open.set(about, attempt);
  try {
    const answer = await asOperator(() => call<T>(method, path, { bearer: key, key: attempt, body }));
    open.delete(about);
    return answer.body;
  } catch (error) {
    if (error instanceof CallError && !error.isPassing && error.status < 500) open.delete(about);
    throw error;
  }
}

async function asOperator<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (isRefused(error)) forget('ended');
    throw error;
  }
}

function isRefused(error: unknown): boolean {
  return error instanceof CallError && ['KEY_INVALID', 'KEY_MISSING', 'CALLER_NOT_ALLOWED'].includes(error.reason);
}

function forget(why?: 'refused' | 'ended'): void {
  key = '';
  sessionStorage.removeItem(keyName);
  session.set({ state: 'out', ...(why && { why }) });
}
