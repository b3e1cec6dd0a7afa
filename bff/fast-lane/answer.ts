import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { requestIdPattern } from '../request-id.ts';
import { securityHeaders } from '../security-headers.ts';
import type { PublicAnswer } from '../catalogue/public-answer.ts';
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

interface PublicWay {
  readonly requestId: string;
  /** Who asks has it already. */
  readonly isKnown: boolean;
  readonly isHead: boolean;
  readonly variesByOrigin: boolean;
}

const publicHeaders = Object.entries(securityHeaders).flat();
const heads = new WeakMap<PublicAnswer, readonly string[]>();

/** Sends what the onion would send of an answer that is the same for everybody. */
export function answerPublic(res: ServerResponse, answer: PublicAnswer, way: PublicWay): void {
  const { requestId, isKnown, isHead, variesByOrigin } = way;
  const vary = variesByOrigin ? ['Vary', 'Origin'] : [];
  if (isKnown) {
    const own = Object.entries(answer.unchangedHeaders).flat();
    res.writeHead(304, ['X-Request-Id', requestId, ...vary, ...publicHeaders, ...own]);
    res.end();
    return;
  }
  res.writeHead(200, ['X-Request-Id', requestId, ...vary, ...headOf(answer)]);
  res.end(isHead ? undefined : answer.bytes, 'latin1');
}

function headOf(answer: PublicAnswer): readonly string[] {
  let head = heads.get(answer);
  if (head === undefined) {
    head = [...publicHeaders, ...Object.entries(answer.headers).flat()];
    heads.set(answer, head);
  }
  return head;
}
