import { call, callOnce, CallError } from '../call.ts';
import { kept } from '../kept.ts';
import { Signal } from '../signal.ts';
import type { Balance } from '../answers.ts';

/** Who looks at the page. In an open system they say so themselves; else whoever stands in front of us knows. */
export type Session =
  | { readonly state: 'asking' }
  | { readonly state: 'open'; readonly memberId: string | undefined }
  | { readonly state: 'signed-in'; readonly memberId: string }
  | { readonly state: 'signed-out'; readonly signInUrl: string | undefined };

/** The session of this page. */
export const session = new Signal<Session>({ state: 'asking' });

const memberKey = 'member';

/** Finds out who looks at the page; tries until it gets an answer. */
export async function beginSession(): Promise<void> {
  try {
    const { body } = await call<{ authMode: string; memberId?: string }>('GET', '/v1/session');
    session.set(
      body.authMode === 'open' || body.memberId === undefined
        ? { state: 'open', memberId: kept.get(memberKey) }
        : { state: 'signed-in', memberId: body.memberId },
    );
    // Another tab says who it is: so do we.
    kept.watch(memberKey, () => session.set({ state: 'open', memberId: kept.get(memberKey) }));
  } catch (error) {
    if (error instanceof CallError && error.status === 401) {
      session.set({ state: 'signed-out', signInUrl: safeUrl(error.metadata['signInUrl']) });
    } else {
      setTimeout(() => void beginSession(), againMs);
    }
  }
}

const againMs = 3_000;

/**
 * Says who one is, in an open system; opens the account if there is none.
 *
 * @throws CallError.
 */
export async function beMember(memberId: string): Promise<void> {
  await callOnce<Balance>('POST', '/v1/members', { body: { id: memberId } });
  kept.set(memberKey, memberId);
  session.set({ state: 'open', memberId });
}

/** Says that one is nobody any more, in an open system. */
export function beNobody(): void {
  kept.set(memberKey, undefined);
  session.set({ state: 'open', memberId: undefined });
}

/** The member, if it is known. */
export function memberOf(current: Session): string | undefined {
  return 'memberId' in current ? current.memberId : undefined;
}

// It comes from the configuration of the server; a script is no address all the same.
function safeUrl(url: string | undefined): string | undefined {
  return url !== undefined && /^(https?:\/\/|\/)/.test(url) ? url : undefined;
}
