import { refuse } from '@boxoffice/runtime/error';
import type { AccessTokenVerifier } from './access-token.ts';
import { bearerOf } from './bearer.ts';
import type { Context } from '../request/context.ts';
import { WebError } from '../http/web-error.ts';

/** The middleware in front of what members do: finds out who calls. Without a verifier everybody is believed. */
export function authenticateMember(verify: AccessTokenVerifier | undefined) {
  return async (ctx: Context, next: () => Promise<unknown>): Promise<void> => {
    if (verify !== undefined) {
      ctx.state.member = await verify(accessTokenOf(ctx));
    }
    await next();
  };
}

/**
 * The access token of a call that needs one.
 *
 * @throws WebError ACCESS_TOKEN_MISSING.
 */
export function accessTokenOf({ req }: Pick<Context, 'req'>): string {
  const token = bearerOf(req.headers.authorization);
  if (token === undefined) {
    throw new WebError('ACCESS_TOKEN_MISSING', 'this call needs an access token: Authorization: Bearer …');
  }
  return token;
}

/** The middleware in front of what operators do: their key goes to the services, which judge it. */
export async function takeOperatorKey(ctx: Context, next: () => Promise<unknown>): Promise<void> {
  const key = bearerOf(ctx.req.headers.authorization);
  if (key === undefined) {
    throw refuse('KEY_MISSING', 'this call needs an operator key: Authorization: Bearer …');
  }
  ctx.state.operatorKey = key;
  await next();
}

/**
 * The member a call is about: who calls, where that is known, else who is named.
 *
 * @param named the member in the path, the query or the body.
 * @throws ServiceError MEMBER_UNKNOWN when somebody else than the caller is named: there is nobody else to see.
 */
export function memberOf({ state }: Pick<Context, 'state'>, named: string): string;
export function memberOf({ state }: Pick<Context, 'state'>, named: string | undefined): string | undefined;
export function memberOf({ state }: Pick<Context, 'state'>, named: string | undefined): string | undefined {
  if (state.member !== undefined && named !== undefined && named !== state.member) {
    throw refuse('MEMBER_UNKNOWN', 'there is no such member');
  }
  return state.member ?? named;
}
