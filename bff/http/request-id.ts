import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

/** What a caller's own `X-Request-Id` has to look like to be taken over. */
export const requestIdPattern = /^[\w.:-]{8,128}$/;

/** The id of a request: the caller's own where it is one. */
export function requestIdOf({ headers: { 'x-request-id': sent } }: Pick<IncomingMessage, 'headers'>): string {
  return typeof sent === 'string' && requestIdPattern.test(sent) ? sent : randomUUID();
}
