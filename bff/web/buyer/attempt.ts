import { call, CallError, type Answer } from '../call.ts';
import { kept } from '../kept.ts';
import { uuid } from '../uuid.ts';

/**
 * Does something that must happen once, however often it is asked for: a double click, a reload and a lost answer repeat it
 * under the same key, which the browser keeps until there is an answer that decides.
 *
 * @param name what is done, and to what: `pay.17`.
 * @throws CallError.
 */
export async function attempt<T>(
  name: string,
  path: string,
  body: object,
  { token }: { readonly token?: string | undefined } = {},
): Promise<Answer<T>> {
  const kind = `attempt.${name}`;
  const key = kept.get(kind) ?? uuid();
  kept.set(kind, key);
  try {
    const answer = await call<T>('POST', path, { body, token, key });
    kept.set(kind, undefined);
    return answer;
  } catch (error) {
    // What was refused is decided; what got lost is not.
    if (error instanceof CallError && !error.isPassing && error.status < 500) {
      kept.set(kind, undefined);
    }
    throw error;
  }
}

/** Whether something was begun whose outcome is not known. */
export function isAttempted(name: string): boolean {
  return kept.get(`attempt.${name}`) !== undefined;
}
