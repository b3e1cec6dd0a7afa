import { mkdir, mkdtemp, readFile, rename, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@boxoffice/runtime/testing/tests';
import { createKey, createKeyring, loadKeyring, saveKeyring, type KeyEntry, type Keyring } from '../keyring.ts';
import { testKeyring } from '../testing/keyring.ts';
import { recordingLog } from './grpc-probe.ts';

const acme = createKey({ kind: 'partner', name: 'acme', scopes: ['queue'] });
const bff = createKey({ kind: 'service', name: 'bff' });
const operator = createKey({ kind: 'operator', name: 'ann' });

let folder = '';
let files = 0;
beforeAll(async () => (folder = await mkdtemp(join(tmpdir(), 'keyring-'))));
afterAll(() => rm(folder, { recursive: true }));

async function keysFile(...entries: KeyEntry[]): Promise<string> {
  const path = join(folder, `keys-${files++}.json`);
  await saveKeyring(path, entries);
  return path;
}

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) {
    await delay(5);
  }
}

function knows(keyring: Keyring, { key }: { key: string }): boolean {
  return keyring.identify(key) !== undefined;
}

describe('a key', () => {
  test('has 256 random bits and says what kind it is', () => {
    expect(acme.key).toMatch(/^bo_partner_[A-Za-z0-9_-]{43}$/);
    expect(bff.key).toMatch(/^bo_service_/);
    expect(operator.key).toMatch(/^bo_operator_/);
    expect(createKey({ kind: 'service', name: 'bff' }).key).not.toBe(bff.key);
  });

  test('is not in its entry, only its hash is', () => {
    expect(acme.entry).toMatchObject({ kind: 'partner', name: 'acme', partner: 'acme', scopes: ['queue'] });
    expect(acme.entry.hash).toMatch(/^[0-9a-f]{64}$/);
    expect(JSON.stringify(acme.entry)).not.toContain(acme.key.slice('bo_partner_'.length));
    expect(bff.entry.partner).toBe('house');
  });

  test.each([
    { kind: 'service', name: 'Bff' },
    { kind: 'service', name: '' },
    { kind: 'service', name: 'a'.repeat(64) },
    { kind: 'partner', name: 'acme', partner: 'house' },
    { kind: 'partner', name: 'acme', scopes: ['queue service'] },
  ] as const)('is not made for %j', (options) => {
    expect(() => createKey(options)).toThrow();
  });
});

describe('a keyring', () => {
  test('knows whom a key stands for, and no other text', () => {
    const keyring = createKeyring([acme.entry, bff.entry]);
    expect(keyring.identify(acme.key)).toEqual({ kind: 'partner', name: 'acme', partner: 'acme', scopes: ['queue'] });
    expect(keyring.identify(bff.key)).toMatchObject({ kind: 'service', name: 'bff' });
    for (const text of [
      '',
      operator.key,
      acme.entry.hash,
      `${acme.key} `,
      acme.key.toUpperCase(),
      'x'.repeat(1 << 20),
    ]) {
      expect(keyring.identify(text)).toBeUndefined();
    }
  });

  test('takes several keys for one name, so that they can be rotated', () => {
    const next = createKey({ kind: 'partner', name: 'acme', scopes: ['queue'] });
    const keyring = createKeyring([acme.entry, next.entry]);
    expect(keyring.identify(acme.key)).toEqual(keyring.identify(next.key));
    expect(() => createKeyring([acme.entry, { ...bff.entry, hash: acme.entry.hash }])).toThrow('share one key');
  });

  test('for tests has a key for everybody, the same in every process', () => {
    const keyring = testKeyring();
    const { keys } = keyring;
    expect(Object.keys(keys)).toEqual(['bff', 'worker', 'queue', 'inventory', 'ledger', 'operator', 'house', 'acme']);
    expect(keyring.identify(keys.acme)).toMatchObject({
      kind: 'partner',
      partner: 'acme',
      scopes: ['queue', 'inventory', 'ledger'],
    });
    expect(keyring.identify(keys.house)).toMatchObject({ kind: 'partner', partner: 'house' });
    expect(keyring.identify(keys.operator)).toMatchObject({ kind: 'operator', partner: 'house' });
    expect(testKeyring().keys).toEqual(keys);
  });
});

describe('a keys file', () => {
  test('is readable by its owner alone, and leaves no other file behind', async () => {
    const path = await keysFile(acme.entry);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(JSON.parse(await readFile(path, 'utf8'))).toEqual({ keys: [acme.entry] });
  });

  test.each([
    ['no JSON', '{"keys": [', 'JSON'],
    ['no list', '{"keys": {}}', 'list "keys"'],
    ['an unknown kind', JSON.stringify({ keys: [{ ...acme.entry, kind: 'root' }] }), 'keys[0]: kind'],
    ['a key instead of a hash', JSON.stringify({ keys: [{ ...acme.entry, hash: acme.key }] }), 'keys[0]: hash'],
    ['scopes that are no list', JSON.stringify({ keys: [{ ...acme.entry, scopes: 'queue' }] }), 'keys[0]: scopes'],
    ['a partner with the members of another', JSON.stringify({ keys: [{ ...acme.entry, partner: 'b' }] }), 'partner'],
  ])('with %s does not open, and the fault is told without any key', async (_what, text, fault) => {
    const path = await keysFile();
    await writeFile(path, text);
    let message = '';
    try {
      loadKeyring(path);
    } catch (error) {
      message = String(error);
    }
    expect(message).toContain(fault);
    expect(message).not.toContain(acme.key);
  });

  test('that is not there does not open', () => {
    expect(() => loadKeyring(join(folder, 'none.json'))).toThrow('ENOENT');
  });
});

describe('a keyring follows its file', () => {
  const options = () => ({ ...recordingLog(), intervalMs: 5 });

  test('when it is replaced by a rename', async () => {
    const path = await keysFile(acme.entry);
    await using keyring = loadKeyring(path, options());
    await saveKeyring(path, [bff.entry]);
    await until(() => knows(keyring, bff));
    expect(knows(keyring, acme)).toBe(false);
  });

  test('when it is written in place, even when no time passes and its length stays the same', async () => {
    const path = await keysFile(acme.entry);
    await using keyring = loadKeyring(path, options());
    const other = createKey({ kind: 'partner', name: 'acme', scopes: ['queue'] });
    await writeFile(path, (await readFile(path, 'utf8')).replace(acme.entry.hash, other.entry.hash));
    await until(() => knows(keyring, other));
  });

  test('when the folder it is linked from is swapped, as Kubernetes does', async () => {
    const mounted = join(folder, 'mounted');
    for (const [version, { entry }] of [acme, bff].entries()) {
      await mkdir(join(mounted, `v${version}`), { recursive: true });
      await saveKeyring(join(mounted, `v${version}`, 'keys.json'), [entry]);
    }
    await symlink('v0', join(mounted, '..data'));
    await symlink(join('..data', 'keys.json'), join(mounted, 'keys.json'));
    await using keyring = loadKeyring(join(mounted, 'keys.json'), options());
    expect(knows(keyring, acme)).toBe(true);
    await symlink('v1', join(mounted, '..data_tmp'));
    await rename(join(mounted, '..data_tmp'), join(mounted, '..data'));
    await until(() => knows(keyring, bff));
    expect(knows(keyring, acme)).toBe(false);
  });

  test('and keeps the keys it has while the file is broken or gone, and says so once', async () => {
    const path = await keysFile(acme.entry);
    const { log, lines, intervalMs } = options();
    await using keyring = loadKeyring(path, { log, intervalMs });
    await writeFile(path, '{"keys": [');
    await until(() => lines.length > 0);
    await rm(path);
    await until(() => lines.length > 1);
    await delay(10 * intervalMs);
    expect(lines.map(({ level }) => level)).toEqual([50, 50]);
    expect(knows(keyring, acme)).toBe(true);
    await saveKeyring(path, [acme.entry, bff.entry]);
    await until(() => knows(keyring, bff));
    expect(lines.at(-1)).toMatchObject({ level: 30, keys: 2 });
  });

  test('until it is closed', async () => {
    const path = await keysFile(acme.entry);
    const keyring = loadKeyring(path, options());
    await keyring[Symbol.asyncDispose]();
    await saveKeyring(path, [bff.entry]);
    await delay(50);
    expect(knows(keyring, acme)).toBe(true);
  });
});
