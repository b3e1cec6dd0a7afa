import { ConnectError, type CallOptions } from '@connectrpc/connect';

import { isReplay } from '../replay.ts';

/** Makes a call, and tells whether its answer, or its refusal, says that it was given before. */
export async function isReplayed(call: (options: CallOptions) => Promise<unknown>): Promise<boolean> {
  let metadata = new Headers();
  try {
    await call({ onHeader: (header) => (metadata = header) });
  } catch (error) {
    if (!(error instanceof ConnectError)) throw error;
    ({ metadata } = error);
  }
  return isReplay(metadata);
}
