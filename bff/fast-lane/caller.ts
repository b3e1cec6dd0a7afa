import type { IncomingMessage } from 'node:http';
import type { AccessTokenVerifier } from '../caller/access-token.ts';
import { bearerOf } from '../caller/bearer.ts';

/** Who calls: a member; anybody, where nobody has to show an access token; or unknown, before the token was checked. */
export type Caller = { readonly member: string | undefined } | undefined;

const anybody: Caller = { member: undefined };

/** Tells who calls without waiting: from a token that was checked a moment ago. */
export function callerOf(verify: AccessTokenVerifier | undefined, { headers }: IncomingMessage): Caller {
  if (verify === undefined) {
    return anybody;
  }
  const token = bearerOf(headers.authorization);
  const member = token === undefined ? undefined : verify.remembered(token);
  return member === undefined ? undefined : { member };
}
