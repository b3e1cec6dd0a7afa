import type { ServerResponse } from 'node:http';
import { securityHeaders } from '../http/security-headers.ts';
import type { PublicAnswer } from '../catalogue/public-answer.ts';
import { answerHeaders } from '../answers/send.ts';

// Names and values in turns.
const headers = Object.entries({ ...securityHeaders, ...answerHeaders }).flat();

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
}

/** The heads of an answer, but for the request's id: made once. */
interface Heads {
  readonly whole: readonly string[];
  readonly unchanged: readonly string[];
}

/**
 * Sends what the onion would send of an answer that is the same for everybody.
 *
 * @param vary what else all of these answers have: where origins are allowed, that they vary.
 */
export function publicAnswers(vary: Readonly<Record<string, string>>) {
  const heads = new WeakMap<PublicAnswer, Heads>();
  const headsOf = (answer: PublicAnswer): Heads => {
    const flat = (own: object): string[] => Object.entries<string>({ ...vary, ...securityHeaders, ...own }).flat();
    const made = { whole: flat(answer.headers), unchanged: flat(answer.unchangedHeaders) };
    heads.set(answer, made);
    return made;
  };
  return (res: ServerResponse, answer: PublicAnswer, { requestId, isKnown, isHead }: PublicWay): void => {
    const { whole, unchanged } = heads.get(answer) ?? headsOf(answer);
    if (isKnown) {
      res.writeHead(304, ['X-Request-Id', requestId, ...unchanged]);
      res.end();
    } else {
      res.writeHead(200, ['X-Request-Id', requestId, ...whole]);
      res.end(isHead ? undefined : answer.bytes, 'latin1');
    }
  };
}
