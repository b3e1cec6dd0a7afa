import { createHash, createPublicKey, type KeyObject } from 'node:crypto';
import { Code, ConnectError } from '@connectrpc/connect';
import { createDecoder, createSigner, createVerifier } from 'fast-jwt';
import type { Reason } from './reasons.ts';
import { ErrorInfoSchema } from './rpc.ts';

/** What a queue token says. Whether its ticket waits, is admitted or is over is not in it: that is state. */
export interface TicketClaims {
  /** `ptn`: whose member. */
  readonly partner: string;
  /** `sub`: the member, 1 to 64 characters. */
  readonly memberId: string;
  /** `sid`: the schedule whose queue it is. */
  readonly scheduleId: bigint;
  /** `num`: the ticket's number in that queue, from 1. */
  readonly number: bigint;
  /** `jti`: the ticket's random 128-bit id, a UUID. */
  readonly ticketId: string;
  /** `iat`: when the ticket was issued; whole seconds are kept. */
  readonly issuedAt: Date;
}

/** Makes the token of a ticket: the same claims give the same token. */
export type TicketSigner = (claims: TicketClaims) => string;

/**
 * Reads a token and checks its signature, without asking anybody.
 *
 * @throws TicketTokenError
 */
export interface TicketVerifier {
  (token: string): TicketClaims;
  /** Keeps a token that came straight from its signer, over a connection we trust: it need not be checked again. */
  remember(token: string, claims: TicketClaims): void;
}

/** A text that is not a token of ours: TOKEN_INVALID, as a refusal that can be answered with. */
export class TicketTokenError extends ConnectError {
  constructor(message: string, cause?: unknown) {
    const reason: Reason = 'TOKEN_INVALID';
    const info = { desc: ErrorInfoSchema, value: { reason, domain: 'boxoffice' } };
    super(message, Code.Unauthenticated, undefined, [info], cause);
  }

  // ConnectError tells its instances by shape, which every ConnectError would pass here.
  static override [Symbol.hasInstance](value: unknown): value is TicketTokenError {
    return Function.prototype[Symbol.hasInstance].call(TicketTokenError, value);
  }
}

const algorithm = 'EdDSA';
const tokenType = 'ticket+jwt';
const tokenLengthMax = 2_048;
const cachedTokensDefault = 65_536;

const uuidPattern = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const positivePattern = /^[1-9][0-9]{0,18}$/;

/**
 * Makes the signer of the Queue.
 *
 * @param privateKeyPem an Ed25519 key, PKCS #8.
 * @throws Error when it is not one.
 */
export function signTicketToken(privateKeyPem: string): TicketSigner {
  const publicKey = ed25519(createPublicKey(privateKeyPem));
  const sign = createSigner({
    key: privateKeyPem,
    algorithm,
    header: { alg: algorithm, typ: tokenType, kid: keyIdOf(publicKey) },
  });
  return ({ partner, memberId, scheduleId, number, ticketId, issuedAt }) =>
    sign({
      sub: memberId,
      ptn: partner,
      sid: String(scheduleId),
      num: String(number),
      jti: ticketId,
      iat: Math.floor(issuedAt.getTime() / 1_000),
    });
}

/**
 * Makes a verifier that knows several keys, so that the Queue can change its own: first every verifier learns the new
 * public key, then the Queue signs with it, and the old one goes when its tickets are over. What was verified is kept,
 * up to `cachedTokensMax` tokens; a token in use costs a look-up, a new one 0.1 ms.
 *
 * @param publicKeyPems Ed25519 keys, SPKI; a text may hold several, one behind the other.
 * @throws Error when one is no such key, or when there is none.
 */
export function createTicketVerifier(
  publicKeyPems: string | readonly string[],
  { cachedTokensMax = cachedTokensDefault }: { readonly cachedTokensMax?: number } = {},
): TicketVerifier {
  const verifiers = new Map(publicKeysOf(publicKeyPems).map((key) => [keyIdOf(key), verifierOf(key)]));
  if (verifiers.size === 0) {
    throw new Error('a verifier of queue tokens needs a public key');
  }
  const headerOf = createDecoder({ complete: true }) as (token: string) => { header: { kid?: unknown } };
  const cache = new TokenCache(cachedTokensMax);

  function verify(token: string): TicketClaims {
    // Before anything is parsed or computed: what is too long is not ours.
    if (token.length > tokenLengthMax) {
      throw new TicketTokenError(`a queue token has at most ${tokenLengthMax} characters`);
    }
    try {
      const { kid } = headerOf(token).header;
      const verifier = typeof kid === 'string' ? verifiers.get(kid) : undefined;
      if (verifier === undefined) {
        throw new Error('signed with an unknown key');
      }
      return claimsOf(verifier(token));
    } catch (cause) {
      throw new TicketTokenError('the queue token is not valid', cause);
    }
  }

  const verifyCached = (token: string): TicketClaims => {
    const known = cache.get(token);
    if (known !== undefined) {
      return known;
    }
    const claims = verify(token);
    cache.set(token, claims);
    return claims;
  };
  const remember = (token: string, claims: TicketClaims): void => cache.set(token, Object.freeze({ ...claims }));
  return Object.assign(verifyCached, { remember });
}

/**
 * Keeps the tokens in use in two generations: when the young one is full, it becomes the old one, and who was not asked
 * for since the time before is forgotten. A hit costs one look-up, where moving it to the front would cost two more writes.
 */
class TokenCache {
  readonly #generationMax: number;
  #young = new Map<string, TicketClaims>();
  #old = new Map<string, TicketClaims>();

  constructor(tokensMax: number) {
    this.#generationMax = Math.max(1, Math.ceil(tokensMax / 2));
  }

  get(token: string): TicketClaims | undefined {
    const young = this.#young.get(token);
    if (young !== undefined) {
      return young;
    }
    const old = this.#old.get(token);
    if (old !== undefined) {
      this.set(token, old);
    }
    return old;
  }

  set(token: string, claims: TicketClaims): void {
    if (this.#young.size >= this.#generationMax) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(token, claims);
  }
}

function verifierOf(key: KeyObject): (token: string) => unknown {
  return createVerifier({
    key: key.export({ type: 'spki', format: 'pem' }),
    algorithms: [algorithm],
    checkTyp: tokenType,
    requiredClaims: ['sub', 'ptn', 'sid', 'num', 'jti', 'iat'],
    // Our own cache keeps claims, which are past their parsing.
    cache: false,
  });
}

function claimsOf(payload: unknown): TicketClaims {
  const { sub, ptn, sid, num, jti, iat } = payload as Record<string, unknown>;
  return Object.freeze({
    partner: text(ptn),
    memberId: text(sub),
    scheduleId: positive(sid),
    number: positive(num),
    ticketId: text(jti, uuidPattern),
    issuedAt: new Date(seconds(iat) * 1_000),
  });
}

function text(claim: unknown, pattern = /^.{1,64}$/su): string {
  if (typeof claim !== 'string' || !pattern.test(claim)) {
    throw new Error('a claim is not such a text');
  }
  return claim;
}

function positive(claim: unknown): bigint {
  return BigInt(text(claim, positivePattern));
}

function seconds(claim: unknown): number {
  if (typeof claim !== 'number' || !Number.isSafeInteger(claim) || claim < 0) {
    throw new Error('a claim is not a time');
  }
  return claim;
}

function publicKeysOf(pems: string | readonly string[]): KeyObject[] {
  const all = typeof pems === 'string' ? [pems] : pems;
  return all.flatMap((pem) => {
    const blocks = pem.match(/-----BEGIN PUBLIC KEY-----[^-]+-----END PUBLIC KEY-----/g);
    if (blocks === null) {
      throw new Error('a key that verifies queue tokens is a public key in PEM (SPKI)');
    }
    return blocks.map((block) => ed25519(createPublicKey(block)));
  });
}

function ed25519(key: KeyObject): KeyObject {
  if (key.asymmetricKeyType !== 'ed25519') {
    throw new Error(`queue tokens are signed with Ed25519, not with ${key.asymmetricKeyType ?? 'a secret'}`);
  }
  return key;
}

// Half of a SHA-256 tells any number of keys apart, and keeps tokens short.
function keyIdOf(key: KeyObject): string {
  const der = key.export({ type: 'spki', format: 'der' });
  return createHash('sha256').update(der).digest().subarray(0, 16).toString('base64url');
}
