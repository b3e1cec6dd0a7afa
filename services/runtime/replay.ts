import type { HandlerContext } from '@connectrpc/connect';

/** Response metadata of a call whose answer, or refusal, was that of an earlier call with the same request id. */
const replayedHeader = 'boxoffice-replayed';

/** Says so in the metadata of a response, or of a refusal, which travels in its trailers. */
export function markReplay(metadata: Headers): void {
  metadata.set(replayedHeader, 'true');
}

/** Whether metadata of a response or of a refusal, made here or received over the wire, says so. */
export function isReplay(metadata: Headers): boolean {
  return metadata.get(replayedHeader) === 'true';
}

/** What `once` gave, as the answer of a handler: marked when it is a replay. */
export function responseOf<R>(
  { responseHeader }: Pick<HandlerContext, 'responseHeader'>,
  { response, replayed }: { readonly response: R; readonly replayed: boolean },
): R {
  if (replayed) markReplay(responseHeader);
  return response;
}
