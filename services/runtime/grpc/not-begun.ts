import type { ConnectError } from '@connectrpc/connect';
import { status, type StatusObject } from '@grpc/grpc-js';
import { errorInfoOf, refuse } from '../error.ts';

/** Nothing of a call has reached a handler, since its connection was gone or going. */
export class NotSentError extends Error {}

/** In the metadata of a refusal: whether a handler has seen the call. */
const begun = 'begun';

// What grpc-js says of calls that it could not send, or that the server's HTTP/2 refused: it has no other mark for them.
const notSentPattern = /^(?:round_robin: )?No connection established|^Stream refused by server/;

/** Refuses a call that a closing server does not take any more: whatever it would have done, it was not begun. */
export function notTaken(): ConnectError {
  return refuse('DRAINING', 'this server is closing: call another', {
    retryAfterMs: 0,
    metadata: { [begun]: 'false' },
  });
}

/** Ends a call that a closing server does not wait for any longer. It may have done anything. */
export function cutShort(): ConnectError {
  return refuse('DRAINING', 'this server is closing: call another', { retryAfterMs: 0, metadata: { [begun]: 'true' } });
}

/** Whether grpc-js ended a call by itself, before it could have begun. A server's own status brings metadata. */
export function wasNotSent({ code, details, metadata }: StatusObject): boolean {
  return code === status.UNAVAILABLE && notSentPattern.test(details) && Object.keys(metadata.getMap()).length === 0;
}

/** Whether a call that failed was certainly not begun, so that it may be made again whatever it does. */
export function wasNotBegun(error: ConnectError): boolean {
  return error.cause instanceof NotSentError || errorInfoOf(error)?.metadata[begun] === 'false';
}
