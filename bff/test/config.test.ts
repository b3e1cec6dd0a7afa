import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@boxoffice/runtime/testing/tests';
import { ConfigError } from '@boxoffice/runtime/config';
import { readBffConfig } from '../config.ts';

let folder: string;
let base: Record<string, string>;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bff-config-'));
  const file = join(folder, 'public.pem');
  await writeFile(file, generateKeyPairSync('ed25519').publicKey.export({ type: 'spki', format: 'pem' }));
  base = { SERVICE_KEY: 'bo_service_x', TICKET_PUBLIC_KEY_FILE: file };
});
afterAll(() => rm(folder, { recursive: true }));

function faultsOf(environment: Record<string, string>): readonly string[] {
  try {
    readBffConfig({ ...base, ...environment });
    return [];
  } catch (error) {
    if (error instanceof ConfigError) {
      return error.faults;
    }
    throw error;
  }
}

const oidc = {
  OIDC_ISSUER: 'https://id.example',
  OIDC_AUDIENCE: 'boxoffice',
  OIDC_JWKS_URL: 'https://id.example/jwks',
};

test('members are asked for access tokens unless it says otherwise, which needs an issuer', () => {
  expect(faultsOf({})).toEqual([
    'OIDC_ISSUER is not set: AUTH_MODE=jwt needs it',
    'OIDC_AUDIENCE is not set: AUTH_MODE=jwt needs it',
    'OIDC_JWKS_URL is not set: AUTH_MODE=jwt needs it',
  ]);
  expect(faultsOf(oidc)).toEqual([]);
});

test('production does not believe everybody', () => {
  expect(faultsOf({ AUTH_MODE: 'open' })).toEqual([]);
  expect(faultsOf({ AUTH_MODE: 'open', NODE_ENV: 'production' })).toHaveLength(1);
  expect(faultsOf({ ...oidc, NODE_ENV: 'production' })).toEqual([]);
});

test.each(['HS256', 'none', 'RS256,HS512', ','])('access tokens cannot be signed with %s', (algorithms) => {
  expect(faultsOf({ ...oidc, OIDC_ALGORITHMS: algorithms })).toHaveLength(1);
});

test('a dialect at the root is one of those that there are', () => {
  expect(faultsOf({ ...oidc, ROOT_DIALECT: 'e' })).toEqual([]);
  expect(faultsOf({ ...oidc, ROOT_DIALECT: 'b' })).toHaveLength(1);
});
