import type { AccessTokenVerifier } from '../caller/access-token.ts';
import type { Context, Routes } from '../request/context.ts';
import { accessTokenOf } from '../caller/member.ts';
import { send } from '../answers/send.ts';
import { WebError } from '../http/web-error.ts';

/** What the page has to know about who looks at it. */
export interface SessionOptions {
  readonly verify: AccessTokenVerifier | undefined;
  /** Where a person signs in, with `AUTH_MODE=jwt`; an auth proxy in front adds the access token from then on. */
  readonly signInUrl: string | undefined;
}

/** Who is signed in, for the page: it never sees a token. */
export function sessionRoutes(routes: Routes, { verify, signInUrl }: SessionOptions): void {
  routes.get('/v1/session', async (ctx) => {
    send(
      ctx,
      200,
      verify === undefined
        ? { authMode: 'open' }
        : { authMode: 'jwt', memberId: await signedIn(ctx, verify).catch(tellWhere(signInUrl)) },
    );
  });
}

async function signedIn(ctx: Context, verify: AccessTokenVerifier): Promise<string> {
  return verify(accessTokenOf(ctx));
}

// The refusal that everything else gives, and where to sign in.
function tellWhere(signInUrl: string | undefined) {
  return (error: unknown): never => {
    if (error instanceof WebError && signInUrl !== undefined) {
      throw new WebError(error.reason, error.message, { metadata: { signInUrl }, cause: error });
    }
    throw error;
  };
}
