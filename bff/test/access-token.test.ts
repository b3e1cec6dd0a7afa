import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@boxoffice/runtime/testing/tests';
import { exportJWK, generateKeyPair, SignJWT, UnsecuredJWT, type CryptoKey, type JWTPayload } from 'jose';
import { reasonOf } from '@boxoffice/runtime/error';
import { createAccessTokenVerifier, type AccessTokenVerifier } from '../caller/access-token.ts';
import { WebError } from '../http/web-error.ts';

const issuer = 'https://id.example';
const audience = 'boxoffice';
let key: CryptoKey;
let jwksUrl: string;
let verify: AccessTokenVerifier;
let asked = 0;

const server = createServer((_req, res) => {
  asked++;
  res.setHeader('content-type', 'application/json');
  res.end(jwks);
});
let jwks = '';

beforeAll(async () => {
  const pair = await generateKeyPair('ES256');
  key = pair.privateKey;
  jwks = JSON.stringify({ keys: [{ ...(await exportJWK(pair.publicKey)), kid: 'a', alg: 'ES256', use: 'sig' }] });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  jwksUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks`;
  verify = createAccessTokenVerifier({ issuer, audience, jwksUrl, algorithms: ['ES256'] });
});
afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
});

interface Changes {
  payload?: JWTPayload;
  alg?: string;
  kid?: string;
  signWith?: CryptoKey | Uint8Array;
}

function tokenWith({ payload = {}, alg = 'ES256', kid = 'a', signWith = key }: Changes = {}): Promise<string> {
  const seconds = Math.floor(Date.now() / 1_000);
  const claims = { iss: issuer, aud: audience, sub: 'member-1', exp: seconds + 300, ...payload };
  return new SignJWT(claims).setProtectedHeader({ alg, kid }).sign(signWith);
}

/** The reason a token is refused for. */
async function refusalOf(token: string, by = verify): Promise<string | undefined> {
  const error: unknown = await by(token).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  return error instanceof WebError ? error.reason : reasonOf(error);
}

test('a token of the issuer stands for its subject, and its keys are fetched once', async () => {
  const token = await tokenWith();
  expect(await verify(token)).toBe('member-1');
  expect(await verify(token)).toBe('member-1');
  expect(await verify(await tokenWith({ payload: { sub: '7' } }))).toBe('7');
  expect(asked).toBe(1);
});

describe('refused is a token', () => {
  test.each<[string, JWTPayload]>([
    ['of another issuer', { iss: 'https://evil.example' }],
    ['for another audience', { aud: 'other' }],
    ['that has expired', { exp: Math.floor(Date.now() / 1_000) - 60 }],
    ['that never expires', { exp: undefined as unknown as number }],
    ['that is not valid yet', { nbf: Math.floor(Date.now() / 1_000) + 60 }],
    ['of nobody', { sub: undefined as unknown as string }],
    ['of a subject that cannot be a member', { sub: 'a\u0000b' }],
    ['of a subject that is too long', { sub: 'x'.repeat(65) }],
  ])('%s', async (_what, payload) => {
    expect(await refusalOf(await tokenWith({ payload }))).toBe('ACCESS_TOKEN_INVALID');
  });

  test('signed with another key, by the name of ours or its own', async () => {
    const { privateKey } = await generateKeyPair('ES256');
    expect(await refusalOf(await tokenWith({ signWith: privateKey }))).toBe('ACCESS_TOKEN_INVALID');
    expect(await refusalOf(await tokenWith({ signWith: privateKey, kid: 'b' }))).toBe('ACCESS_TOKEN_INVALID');
  });

  test('not signed at all, or with a secret that is our public key', async () => {
    const unsigned = new UnsecuredJWT({ sub: '1' })
      .setIssuer(issuer)
      .setAudience(audience)
      .setExpirationTime('1h')
      .encode();
    expect(await refusalOf(unsigned)).toBe('ACCESS_TOKEN_INVALID');
    const confused = await tokenWith({ alg: 'HS256', signWith: new TextEncoder().encode(jwks) });
    expect(await refusalOf(confused)).toBe('ACCESS_TOKEN_INVALID');
  });

  test.each(['', 'x', 'a.b.c', 'e30.e30.'])('that is none: %s', async (token) => {
    expect(await refusalOf(token)).toBe('ACCESS_TOKEN_INVALID');
  });
});

test('without the issuer nobody is refused, nobody is let in', async () => {
  const away = createAccessTokenVerifier({ issuer, audience, jwksUrl: 'http://127.0.0.1:1/', algorithms: ['ES256'] });
  expect(await refusalOf(await tokenWith(), away)).toBe('DEPENDENCY_UNAVAILABLE');
});
