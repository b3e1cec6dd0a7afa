import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { requestIdPattern } from '../request-id.ts';
import { securityHeaders } from '../security-headers.ts';
import { answerHeaders } from '../send.ts';

// Names and values in turns.
const headers = Object.entries({ ...securityHeaders, ...answerHeaders }).flat();

/** The id of a request: the caller's own where it is one. */
export function requestIdOf({ headers: { 'x-request-id': sent } }: IncomingMessage): string {
  return typeof sent === 'string' && requestIdPattern.test(sent) ? sent : randomUUID();
}

/** Sends what the onion would send: the same headers, in one write. The body is of ASCII alone, as positions and tokens are. */
export function answer(res: ServerResponse, status: number, requestId: string, body: object): void {
  const text = JSON.stringify(body);
  res.writeHead(status, ['X-Request-Id', requestId, ...headers, 'Content-Length', String(text.length)]);
  res.end(text, 'latin1');
}
