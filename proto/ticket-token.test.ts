import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { describe, expect, test } from '@boxoffice/runtime/testing/tests';
import { Code, type ConnectError } from '@connectrpc/connect';
import { createSigner } from 'fast-jwt';
import { ErrorInfoSchema } from './rpc.ts';
import { createTicketVerifier, signTicketToken, TicketTokenError, type TicketClaims } from './ticket-token.ts';

function keyPair(): { publicKey: string; privateKey: string } {
  return generateKeyPairSync('ed25519', {
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
}

const { publicKey, privateKey } = keyPair();
const sign = signTicketToken(privateKey);
const claims: TicketClaims = {
  partner: 'house',
  memberId: '김-1',
  scheduleId: 9_007_199_254_740_993n,
  number: 1_234_567n,
  ticketId: randomUUID(),
  issuedAt: new Date('2026-12-24T19:00:00Z'),
};

function withParts(token: string, change: (parts: [string, string, string]) => void): string {
  const parts = token.split('.') as [string, string, string];
  change(parts);
  return parts.join('.');
}

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

test('a token gives back the claims it was made of', () => {
  expect(createTicketVerifier(publicKey)(sign(claims))).toEqual(claims);
});

test('the same claims make the same token, and it is short', () => {
  const token = signTicketToken(privateKey)({ ...claims });
  expect(token).toBe(sign(claims));
  expect(sign({ ...claims, number: 2n })).not.toBe(token);
  expect(sign({ ...claims, memberId: '가'.repeat(64) }).length).toBeLessThan(1_024);
});

test('tokens of an old and a new key are both good while both keys are known', () => {
  const next = keyPair();
  const newToken = signTicketToken(next.privateKey)(claims);
  for (const keys of [[publicKey, next.publicKey], `${publicKey}${next.publicKey}`]) {
    const verify = createTicketVerifier(keys);
    expect(verify(sign(claims))).toEqual(claims);
    expect(verify(newToken)).toEqual(claims);
  }
  expect(() => createTicketVerifier(publicKey)(newToken)).toThrow(TicketTokenError);
});

test('a verified token is kept, and what is kept is bounded', () => {
  const verify = createTicketVerifier(publicKey, { cachedTokensMax: 2 });
  const [first, second, third] = [1n, 2n, 3n].map((number) => sign({ ...claims, number })) as [string, string, string];
  const kept = verify(first);
  verify(second);
  expect(verify(first)).toBe(kept);
  verify(third);
  expect(verify(first)).toBe(kept);
  verify(second);
  verify(third);
  expect(verify(first)).not.toBe(kept);
  expect(verify(first)).toEqual(kept);
});

describe('what is not a token of ours is refused', () => {
  const verify = createTicketVerifier(publicKey);
  const token = sign(claims);
  const kid = (JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString()) as { kid: string }).kid;
  const header = { alg: 'EdDSA', typ: 'ticket+jwt', kid };
  const payload = { sub: '1', ptn: 'house', sid: '1', num: '1', jti: randomUUID(), iat: 1 };
  const forge = (claimed: object, options: object = { header }) =>
    createSigner({ key: privateKey, algorithm: 'EdDSA', noTimestamp: true, ...options })(claimed);

  test.each([
    ['nothing', ''],
    ['a text', 'not a token'],
    ['a token too long to look at', `${token}${'A'.repeat(2_048)}`],
    ['a changed payload', withParts(token, (parts) => (parts[1] = encode({ ...payload, sub: '2' })))],
    ['a changed signature', withParts(token, (parts) => (parts[2] = 'A'.repeat(86)))],
    ['no signature', withParts(token, (parts) => (parts[2] = ''))],
    ['no algorithm', withParts(token, (parts) => (parts[0] = encode({ ...header, alg: 'none' })))],
    [
      'another algorithm',
      createSigner({ key: publicKey, algorithm: 'HS256', header: { ...header, alg: 'HS256' } })(payload),
    ],
    ['a key that is not known', signTicketToken(keyPair().privateKey)(claims)],
    ['a key that is not named', forge(payload, { header: { alg: 'EdDSA', typ: 'ticket+jwt' } })],
    ['our key, another kind of token', forge(payload, { header: { ...header, typ: 'JWT' } })],
    ['a schedule that is not a number', forge({ ...payload, sid: '1.5' })],
    ['a number below 1', forge({ ...payload, num: '0' })],
    ['a ticket id that is not a UUID', forge({ ...payload, jti: '1' })],
    ['a claim missing', forge({ ...payload, ptn: undefined })],
  ])('%s', (_what, text) => {
    expect(() => verify(text)).toThrow(TicketTokenError);
  });

  test('with an error that can be answered with as it is', () => {
    const error = (() => {
      try {
        return verify('x');
      } catch (thrown) {
        return thrown;
      }
    })() as ConnectError;
    expect(error.code).toBe(Code.Unauthenticated);
    expect(error.findDetails(ErrorInfoSchema)).toMatchObject([{ reason: 'TOKEN_INVALID', domain: 'boxoffice' }]);
  });
});

test('only Ed25519 keys are taken', () => {
  const { publicKey: rsa, privateKey: rsaPrivate } = generateKeyPairSync('rsa', {
    modulusLength: 2_048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  expect(() => signTicketToken(rsaPrivate)).toThrow('Ed25519');
  expect(() => createTicketVerifier(rsa)).toThrow('Ed25519');
  expect(() => createTicketVerifier([])).toThrow('needs a public key');
  expect(() => createTicketVerifier('')).toThrow('PEM');
});
