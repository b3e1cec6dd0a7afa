import { createRemoteJWKSet, errors, jwtVerify } from 'jose';
import { LRUCache } from 'lru-cache';
import { refuse } from '@boxoffice/runtime/error';
import { isMemberId } from './member-id.ts';
import { WebError } from '../http/web-error.ts';

/** What access tokens have to be like. */
export interface AccessTokenOptions {
  readonly issuer: string;
  readonly audience: string;
  readonly jwksUrl: string;
  readonly algorithms: readonly string[];
}

/** Tells which member an access token stands for. */
export interface AccessTokenVerifier {
  (token: string): Promise<string>;
  /** The same without waiting: undefined unless the token was checked a moment ago. */
  remembered(token: string): string | undefined;
}

/** Signatures that can be checked with a public key. A shared secret could sign as well as check. */
export const asymmetricAlgorithms: readonly string[] = [
  ...['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'],
  ...['ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'],
];

const jwksTimeoutMs = 3_000;
const clockToleranceSeconds = 5;
const rememberedMax = 20_000;
const rememberedMs = 60_000;

/**
 * Checks access tokens of one issuer: signature by its published keys with a pinned algorithm, issuer, audience, times.
 * A token that passed is remembered for a minute at most, and never beyond its own end.
 *
 * @throws WebError ACCESS_TOKEN_INVALID, from the verifier.
 * @throws ServiceError DEPENDENCY_UNAVAILABLE when the issuer's keys cannot be had, from the verifier.
 */
export function createAccessTokenVerifier(options: AccessTokenOptions): AccessTokenVerifier {
  const keys = createRemoteJWKSet(new URL(options.jwksUrl), { timeoutDuration: jwksTimeoutMs });
  const remembered = new LRUCache<string, string>({ max: rememberedMax });
  const verify = async (token: string): Promise<string> => {
    const known = remembered.get(token);
    if (known !== undefined) {
      return known;
    }
    const { payload } = await jwtVerify(token, keys, {
      issuer: options.issuer,
      audience: options.audience,
      algorithms: [...options.algorithms],
      clockTolerance: clockToleranceSeconds,
      requiredClaims: ['sub', 'exp'],
    }).catch((error: unknown) => {
      throw refusalOf(error);
    });
    const { sub = '', exp = 0 } = payload;
    if (!isMemberId(sub)) {
      throw invalid('its subject cannot be a member');
    }
    const ttl = Math.min(rememberedMs, exp * 1_000 - Date.now());
    if (ttl > 0) {
      remembered.set(token, sub, { ttl });
    }
    return sub;
  };
  return Object.assign(verify, { remembered: (token: string) => remembered.get(token) });
}

const faultsOfToken: ReadonlySet<string> = new Set([
  errors.JWTExpired.code,
  errors.JWTClaimValidationFailed.code,
  errors.JWTInvalid.code,
  errors.JWSInvalid.code,
  errors.JWSSignatureVerificationFailed.code,
  errors.JOSEAlgNotAllowed.code,
  errors.JOSENotSupported.code,
  errors.JWKSNoMatchingKey.code,
  errors.JWKSMultipleMatchingKeys.code,
]);

function refusalOf(error: unknown): Error {
  if (error instanceof errors.JOSEError && faultsOfToken.has(error.code)) {
    return invalid(error instanceof errors.JWTExpired ? 'it has expired' : 'it was not issued for this', error);
  }
  return refuse('DEPENDENCY_UNAVAILABLE', "the identity provider's keys are not to be had: try again", {
    cause: error,
  });
}

function invalid(why: string, cause?: unknown): WebError {
  return new WebError('ACCESS_TOKEN_INVALID', `the access token is not accepted: ${why}`, { cause });
}
