import { fromBinary, toBinary, type DescMessage, type MessageShape } from '@bufbuild/protobuf';

import { refuse, ServiceError } from '../error.ts';
import { markReplay } from '../replay.ts';
import { isFinal, refusalFromBinary, refusalToBinary } from './refusal.ts';

/** What a request came to, as the table `requests` keeps it: exactly one of the two. */
export interface Outcome {
  readonly response: Uint8Array | null;
  readonly refusal: Uint8Array | null;
}

/** What is kept of a request that was made before. */
export interface StoredOutcome extends Outcome {
  readonly fingerprint: Buffer;
}

/** The outcome of work that was done. */
export function answered<A extends DescMessage>(schema: A, response: MessageShape<A>): Outcome {
  return { response: toBinary(schema, response), refusal: null };
}

/** The outcome of work that threw; undefined when that is not to be kept, since the same request may succeed later. */
export function refused(error: unknown): Outcome | undefined {
  if (!(error instanceof ServiceError) || !isFinal(error)) return undefined;
  return { response: null, refusal: refusalToBinary(error) };
}

/**
 * The answer that a request was given before.
 *
 * @throws ServiceError REQUEST_ID_REUSED when the fingerprint is not that of this request; the stored refusal, marked as a
 * replay.
 */
export function replayed<A extends DescMessage>(
  stored: StoredOutcome,
  fingerprint: Buffer,
  { requestId, responseSchema }: { readonly requestId: string; readonly responseSchema: A },
): MessageShape<A> {
  if (!stored.fingerprint.equals(fingerprint)) throw idReused(requestId);
  if (stored.refusal !== null) {
    const refusal = refusalFromBinary(stored.refusal);
    markReplay(refusal.metadata);
    throw refusal;
  }
  return fromBinary(responseSchema, stored.response ?? new Uint8Array());
}

/** The refusal of a request under an id that belongs to another. */
export function idReused(requestId: string): ServiceError {
  return refuse('REQUEST_ID_REUSED', 'the request id has been used for another request', { metadata: { requestId } });
}

/** The refusal of a request while another call with its id is under way. */
export function inFlight(requestId: string): ServiceError {
  const options = { metadata: { requestId }, retryAfterMs: 200 };
  return refuse('REQUEST_IN_FLIGHT', 'another call with this request id is under way', options);
}
