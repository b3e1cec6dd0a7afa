import { call, CallError, get } from '../call.ts';
import { useLoading, type Loading } from '../loading.ts';
import type { Balance } from '../answers.ts';

/** What a member has. Whoever has no account yet gets one: members come from elsewhere, and their first look may be here. */
export function useBalance(memberId: string): Loading<Balance> {
  return useLoading((signal) => readBalance(memberId, signal), [memberId]);
}

async function readBalance(memberId: string, signal: AbortSignal): Promise<Balance> {
  try {
    return await get<Balance>(`/v1/members/${encodeURIComponent(memberId)}/balance`, { signal });
  } catch (error) {
    if (!(error instanceof CallError) || error.reason !== 'MEMBER_UNKNOWN') throw error;
    return (await call<Balance>('POST', '/v1/members', { body: { id: memberId }, signal })).body;
  }
}
