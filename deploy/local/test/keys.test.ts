import { execFile } from 'node:child_process';
import { createPrivateKey, createPublicKey, sign, verify } from 'node:crypto';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { createLogger } from '@boxoffice/runtime/log';
import { createKeyring, loadKeyring, type KeyEntry } from '@boxoffice/runtime/keyring';
import { afterEach, beforeEach, describe, expect, test } from '@boxoffice/runtime/testing/tests';

import { editEntries, readEntries } from '../keyring-file.ts';
import { keysFile, prepareKeys, prepareTicketKeys } from '../keys.ts';
import { until } from './until.ts';

let home: string;
let keyring: string;

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'boxoffice keys '));
  keyring = join(home, 'keyring.json');
});

afterEach(async () => {
  await rm(home, { recursive: true, force: true });
});

async function identify(key: string) {
  return createKeyring(await readEntries(keyring)).identify(key);
}

describe('the keys of a start', () => {
  test('stand for an operator, a partner for trying with every scope, and each program', async () => {
    const { operator, partner, services } = await prepareKeys(home, keyring);
    expect(await identify(operator)).toMatchObject({ kind: 'operator', partner: 'house' });
    expect(await identify(partner)).toMatchObject({
      kind: 'partner',
      partner: 'house',
      scopes: ['queue', 'inventory', 'ledger'],
    });
    expect(await identify(services.worker)).toMatchObject({ kind: 'service', name: 'worker' });
    expect(JSON.parse(await readFile(keysFile(home), 'utf8'))).toEqual({ operator, partner });
    expect((await stat(keysFile(home))).mode & 0o777).toBe(0o600);
    expect((await stat(keyring)).mode & 0o777).toBe(0o600);
    expect(await readFile(keyring, 'utf8')).not.toContain(partner);
  });

  test("stay the same at the next start, while the programs' are new and the old ones open nothing", async () => {
    const first = await prepareKeys(home, keyring);
    const second = await prepareKeys(home, keyring);
    expect(second).toMatchObject({ operator: first.operator, partner: first.partner });
    expect(await identify(first.services.bff)).toBeUndefined();
    expect(await identify(second.services.bff)).toMatchObject({ name: 'bff' });
    expect(await readEntries(keyring)).toHaveLength(7);
  });

  test('are made again when the keyring does not know them, or the file of people is broken', async () => {
    const first = await prepareKeys(home, keyring);
    await editEntries(keyring, (entries) => entries.filter(({ kind }) => kind !== 'operator'));
    const second = await prepareKeys(home, keyring);
    expect(second.operator).not.toBe(first.operator);
    expect(second.partner).toBe(first.partner);
    await writeFile(keysFile(home), '{');
    expect(await identify((await prepareKeys(home, keyring)).partner)).toBeDefined();
  });

  test('leave alone what others have in the same keyring', async () => {
    const elsewhere = await prepareKeys(join(home), keyring);
    const other = await mkdtemp(join(tmpdir(), 'boxoffice keys '));
    await prepareKeys(other, keyring);
    expect(await identify(elsewhere.services.bff)).toMatchObject({ name: 'bff' });
    await rm(other, { recursive: true });
  });
});

test('a keys file loses nothing when many change it at once', async () => {
  const entry = (index: number): KeyEntry => ({
    id: String(index),
    kind: 'partner',
    name: 'acme',
    partner: 'acme',
    scopes: [],
    hash: index.toString(16).padStart(64, '0'),
    createdAt: '2026-01-01T00:00:00Z',
  });
  await Promise.all(
    Array.from({ length: 12 }, (_, index) => editEntries(keyring, (entries) => [...entries, entry(index)])),
  );
  expect(await readEntries(keyring)).toHaveLength(12);
});

test('the pair for tickets is Ed25519, fits together, and stays', async () => {
  const { signingKeyFile, publicKeyFile } = await prepareTicketKeys(home);
  const pem = await readFile(signingKeyFile, 'utf8');
  const message = Buffer.from('ticket');
  const signature = sign(null, message, createPrivateKey(pem));
  expect(verify(null, message, createPublicKey(await readFile(publicKeyFile, 'utf8')), signature)).toBe(true);
  expect(createPrivateKey(pem).asymmetricKeyType).toBe('ed25519');
  expect((await stat(signingKeyFile)).mode & 0o777).toBe(0o600);
  await prepareTicketKeys(home);
  expect(await readFile(signingKeyFile, 'utf8')).toBe(pem);
});

describe('npm run key', () => {
  async function key(...args: string[]): Promise<{ code: number; out: string; err: string }> {
    const env = { ...process.env, BOXOFFICE_HOME: home, KEYRING_FILE: '' };
    const command = promisify(execFile)(process.execPath, [join(import.meta.dirname, '../key.ts'), ...args], { env });
    return await command.then(
      ({ stdout, stderr }) => ({ code: 0, out: stdout, err: stderr }),
      (error: { code: number; stdout: string; stderr: string }) => ({
        code: error.code,
        out: error.stdout,
        err: error.stderr,
      }),
    );
  }

  test('makes a key that a running program accepts, lists it, and revokes it', async () => {
    await prepareKeys(home, keyring);
    await using followed = loadKeyring(keyring, { intervalMs: 50, log: createLogger('test', 'silent') });

    const created = await key('create', '--partner', 'acme', '--scope', 'queue', '--scope', 'inventory');
    const secret = created.out.trim();
    await until(async () => followed.identify(secret) !== undefined);
    expect(followed.identify(secret)).toEqual({
      kind: 'partner',
      name: 'acme',
      partner: 'acme',
      scopes: ['queue', 'inventory'],
    });

    const { out } = await key('list');
    expect(out).toMatch(/^\S+ +partner +acme +queue,inventory +\S+$/m);
    expect(out).not.toContain('service');
    const id = /^(\S+) +partner +acme/m.exec(out)?.[1] ?? '';
    expect((await key('revoke', id)).code).toBe(0);
    await until(async () => followed.identify(secret) === undefined);
    expect(await key('revoke', id)).toMatchObject({ code: 1, err: expect.stringContaining(`There is no key ${id}`) });
  });

  test.each([
    [['create', '--scope', 'queue'], '--partner is missing'],
    [['create', '--partner', 'acme'], '--scope is missing'],
    [['create', '--partner', 'acme', '--scope', 'all'], 'there is no scope all'],
    [['create', '--partner', 'acme', '--fast'], "Unknown option '--fast'"],
    [['remove'], 'there is no command remove'],
    [[], 'what shall be done?'],
  ])('refuses %j and shows how to use it', async (args, words) => {
    const { code, out, err } = await key(...args);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toContain(words);
    expect(err).toContain('Usage:');
  });

  test('refuses a name that is none', async () => {
    const { code, err } = await key('create', '--partner', 'Acme Inc', '--scope', 'queue');
    expect(code).toBe(1);
    expect(err).toContain('lower-case');
  });
});
