import { createHash } from 'node:crypto';
import type { PublicAnswer } from '../catalogue/public-answer.ts';
import type { Context } from '../request/context.ts';

/** The headers of an answer that concerns one member: nobody keeps it. */
export const answerHeaders = {
  'Content-Type': 'application/json; charset=utf-8',
  'Cache-Control': 'no-store',
} as const;

/** Answers with a JSON body that concerns one member. */
export function send(ctx: Context, status: number, body: object): void {
  ctx.status = status;
  ctx.set(answerHeaders);
  ctx.body = JSON.stringify(body);
}

/** Answers with a JSON body that is the same for everybody, and may be kept for so many seconds. */
export function sendPublic(ctx: Context, body: object, maxAgeSeconds: number): void {
  send(ctx, 200, body);
  ctx.set('Cache-Control', `public, max-age=${maxAgeSeconds}`);
  ctx.set('ETag', `"${createHash('sha1').update(String(ctx.body)).digest('base64url')}"`);
  if (ctx.fresh) {
    ctx.status = 304;
  }
}

/** Answers with what is ready; with 304 who has it already. */
export function sendReady(ctx: Context, answer: PublicAnswer): void {
  ctx.status = 200;
  ctx.set(answer.headers);
  ctx.body = Buffer.from(answer.bytes, 'latin1');
  if (ctx.fresh) {
    ctx.status = 304;
  }
}

/** A page of a list under its own name; the token of the next page when there is one. */
export function page<T>(name: string, items: readonly T[], nextPageToken: string): object {
  return { [name]: items, ...(nextPageToken !== '' && { nextPageToken }) };
}

/**
 * What an answer has to carry.
 *
 * @throws Error when it is missing: a fault of the service that answered.
 */
export function present<T>(value: T | undefined): T {
  if (value === undefined) {
    throw new Error('a service answered without what it was asked for');
  }
  return value;
}
