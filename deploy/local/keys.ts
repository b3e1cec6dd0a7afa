import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, randomUUID } from 'node:crypto';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { scopes } from '@boxoffice/proto/access';
import { housePartner, type CallerKind } from '@boxoffice/runtime/identity';
import { createKey, createKeyring, type KeyEntry } from '@boxoffice/runtime/keyring';

import { editEntries } from './keyring-file.ts';

/** The programs that have a key of their own. */
export const serviceNames = ['queue', 'inventory', 'ledger', 'worker', 'bff'] as const;

/** One of the programs. */
export type ServiceName = (typeof serviceNames)[number];

/** The keys of a local system, in clear. */
export interface LocalKeys {
  /** For the admin calls. */
  readonly operator: string;
  /** A partner's for trying, with every scope and the members of the web shop, so that it sees the demo's. */
  readonly partner: string;
  /** New at every start, and nowhere but in the programs' environment. */
  readonly services: Readonly<Record<ServiceName, string>>;
}

/** Where the keys are that people need: `{"operator", "partner"}`. */
export function keysFile(home: string): string {
  return join(home, 'keys.json');
}

/**
 * Makes sure that the keys file of people, `keys.json`, and the keyring of the programs agree: a key that the keyring does
 * not know (any more) is replaced. Gives the programs new keys of their own.
 */
export async function prepareKeys(home: string, keyringFile: string): Promise<LocalKeys> {
  const known = await readKeys(home);
  const added: KeyEntry[] = [];
  const make = (kind: CallerKind, name: string, options: { scopes?: readonly string[]; id?: string } = {}): string => {
    const { key, entry } = createKey({ kind, name, scopes: options.scopes ?? [] });
    added.push({ ...entry, id: options.id ?? entry.id });
    return key;
  };
  const keys = { operator: '', partner: '', services: {} as Record<ServiceName, string> };

  await editEntries(keyringFile, (entries) => {
    added.length = 0;
    const keyring = createKeyring(entries);
    const still = (key: string | undefined, kind: CallerKind): string | undefined =>
      key !== undefined && keyring.identify(key)?.kind === kind ? key : undefined;
    keys.operator = still(known.operator, 'operator') ?? make('operator', 'operator');
    keys.partner = still(known.partner, 'partner') ?? make('partner', housePartner, { scopes });
    // Another system may use the same keyring: only our own entries are replaced.
    for (const name of serviceNames) keys.services[name] = make('service', name, { id: serviceKeyId(home, name) });
    const replaced = new Set(added.map(({ id }) => id));
    return [...entries.filter(({ id }) => !replaced.has(id)), ...added];
  });
  await writePrivate(
    keysFile(home),
    `${JSON.stringify({ operator: keys.operator, partner: keys.partner }, null, 2)}\n`,
  );
  return keys;
}

function serviceKeyId(home: string, name: ServiceName): string {
  return `local-${createHash('sha256').update(home).digest('hex').slice(0, 12)}-${name}`;
}

/** The keys for people that an earlier start has left. */
export async function readKeys(home: string): Promise<{ operator?: string; partner?: string }> {
  try {
    const { operator, partner } = JSON.parse(await readFile(keysFile(home), 'utf8')) as Record<string, unknown>;
    return { ...(typeof operator === 'string' && { operator }), ...(typeof partner === 'string' && { partner }) };
  } catch {
    return {}; // There are none, or none that can be read: new ones are made.
  }
}

/** The files with the key pair of the tickets' tokens (Ed25519, PEM), made at the first start. */
export async function prepareTicketKeys(home: string): Promise<{ signingKeyFile: string; publicKeyFile: string }> {
  const signingKeyFile = join(home, 'ticket-signing-key.pem');
  const publicKeyFile = join(home, 'ticket-public-key.pem');
  const existing = await readFile(signingKeyFile, 'utf8').catch(() => undefined);
  const privateKey = existing ? createPrivateKey(existing) : generateKeyPairSync('ed25519').privateKey;
  if (!existing) await writePrivate(signingKeyFile, privateKey.export({ type: 'pkcs8', format: 'pem' }).toString());
  await writePrivate(publicKeyFile, createPublicKey(privateKey).export({ type: 'spki', format: 'pem' }).toString());
  return { signingKeyFile, publicKeyFile };
}

/** Writes a file that its owner alone can read, whole or not at all. */
export async function writePrivate(path: string, text: string): Promise<void> {
  const draft = `${path}.${randomUUID()}`;
  await writeFile(draft, text, { mode: 0o600 });
  await rename(draft, path);
}
