import { createHash } from 'node:crypto';
import { answerHeaders } from '../answers/send.ts';

/** An answer that is the same for everybody, ready to be sent. */
export interface PublicAnswer {
  /** The bytes of the body, one a character (`latin1`): so head and body are one write. */
  readonly bytes: string;
  readonly etag: string;
  /** What it is sent with, but for what all answers are sent with. */
  readonly headers: Readonly<Record<string, string>>;
  /** The same in a 304. */
  readonly unchangedHeaders: Readonly<Record<string, string>>;
}

/**
 * What is kept here is forgotten when it changes; what a browser or a proxy keeps cannot be. So they keep it for a second, which
 * is as long as a change may take to be seen, and spares a page that asks twice. After that they ask with the ETag, and the
 * answer to that is cheap.
 */
const cacheControl = 'public, max-age=1';

/** Makes an answer of a JSON body. Its ETag is a strong one, of the bytes. */
export function publicAnswer(body: object): PublicAnswer {
  const bytes = Buffer.from(JSON.stringify(body));
  const etag = `"${createHash('sha1').update(bytes).digest('base64url')}"`;
  const unchangedHeaders = { 'Cache-Control': cacheControl, ETag: etag };
  return {
    bytes: bytes.toString('latin1'),
    etag,
    headers: {
      'Content-Type': answerHeaders['Content-Type'],
      ...unchangedHeaders,
      'Content-Length': String(bytes.length),
    },
    unchangedHeaders,
  };
}
