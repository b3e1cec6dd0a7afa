import { createHash, randomUUID } from 'node:crypto';
import { refuse } from '@boxoffice/runtime/error';
import type { Context } from './context.ts';

/** The header of an answer, or of a refusal, that was given to an earlier request with the same `Idempotency-Key`. */
export const replayedHeader = 'Idempotency-Replayed';

const uuidPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/**
 * The `Idempotency-Key` of a request, in lower case; undefined when it has none.
 *
 * @throws ServiceError REQUEST_INVALID when it is no UUID.
 */
export function idempotencyKeyOf({ req }: Pick<Context, 'req'>): string | undefined {
  const header = req.headers['idempotency-key'];
  if (header === undefined) {
    return undefined;
  }
  const key = String(header).toLowerCase();
  if (!uuidPattern.test(key)) {
    const violations = [{ field: 'Idempotency-Key', description: 'has to be a UUID' }];
    throw refuse('REQUEST_INVALID', 'the request is invalid: Idempotency-Key: has to be a UUID', { violations });
  }
  return key;
}

/** The request id of a call that changes something: the client's own key, so that its retry is known, or a new one. */
export function requestIdOf(ctx: Pick<Context, 'req'>): string {
  return idempotencyKeyOf(ctx) ?? randomUUID();
}

/** Tells whether what is answered was answered before. */
export function tellReplay(ctx: Pick<Context, 'set' | 'remove'>, isReplay: boolean): void {
  if (isReplay) {
    ctx.set(replayedHeader, 'true');
  } else {
    ctx.remove(replayedHeader);
  }
}

/**
 * An id that follows from another: the second call of a request that makes two gets the same one in a retry. Nobody
 * guesses it who does not know the first.
 */
export function derivedId(requestId: string, purpose: string): string {
  const hex = createHash('sha256').update(`${purpose}:${requestId}`).digest('hex');
  // Version 8, of one's own making, and the variant of RFC 9562.
  return [hex.slice(0, 8), hex.slice(8, 12), `8${hex.slice(13, 16)}`, `8${hex.slice(17, 20)}`, hex.slice(20, 32)].join(
    '-',
  );
}
