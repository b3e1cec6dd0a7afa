import { hash as digest, randomBytes, randomUUID } from 'node:crypto';
import { pino, type Logger } from 'pino';
import { followFiles } from './followed-files.ts';
import { housePartner, type CallerKind, type Identity } from './identity.ts';
import { checkEntry, parseKeyring, type KeyEntry } from './key-file.ts';

export { saveKeyring, type KeyEntry } from './key-file.ts';

/** Tells whom a key stands for. */
export interface Keyring {
  /** The identity a key stands for; undefined when nobody has been given it. */
  identify(key: string): Identity | undefined;
}

/** What a new key shall stand for. */
export interface KeyOptions {
  readonly kind: CallerKind;
  /** Lower-case letters, digits and hyphens. A name can have several keys: that is how they are rotated. */
  readonly name: string;
  /** Whose members. A partner has its own; the default of the others is `house`. */
  readonly partner?: string;
  readonly scopes?: readonly string[];
}

const keyBytes = 32;
const keyPattern = /^bo_(?:partner|service|operator)_[A-Za-z0-9_-]{43}$/;

/**
 * Makes a key: 256 random bits, so that a plain SHA-256 of it is safe to store. The key is told once; keep the entry.
 *
 * @throws Error when the name or the partner is not a caller's name, or a partner would own another's members.
 */
export function createKey(options: KeyOptions): { key: string; entry: KeyEntry } {
  const { kind, name, scopes = [] } = options;
  const partner = options.partner ?? (kind === 'partner' ? name : housePartner);
  const key = `bo_${kind}_${randomBytes(keyBytes).toString('base64url')}`;
  const createdAt = new Date().toISOString();
  const entry = checkEntry({ id: randomUUID(), kind, name, partner, scopes, hash: hashOf(key), createdAt });
  return { key, entry };
}

/** A keyring of the given entries, which never change. */
export function createKeyring(entries: readonly KeyEntry[]): Keyring {
  const identities = index(entries);
  return { identify: (key) => identify(identities, key) };
}

/**
 * Opens a keys file and follows it: see {@link followFiles}.
 *
 * @throws Error when the file cannot be read or understood at the start.
 */
export function loadKeyring(
  path: string,
  options: { log?: Logger; intervalMs?: number } = {},
): Keyring & AsyncDisposable {
  const followed = followFiles({
    paths: [path],
    understand: ([text = '']) => index(parseKeyring(text)),
    what: 'keys',
    shown: ({ size }) => ({ keys: size }),
    log: options.log ?? pino({ name: 'keyring' }),
    intervalMs: options.intervalMs,
  });
  return {
    identify: (key) => identify(followed.current, key),
    [Symbol.asyncDispose]: () => followed[Symbol.asyncDispose](),
  };
}

function index(entries: readonly KeyEntry[]): ReadonlyMap<string, Identity> {
  const identities = new Map<string, Identity>();
  for (const { hash, kind, name, partner, scopes } of entries) {
    if (identities.has(hash)) {
      throw new Error(`two entries share one key: ${name} is the second`);
    }
    identities.set(hash, Object.freeze({ kind, name, partner, scopes: Object.freeze([...scopes]) }));
  }
  return identities;
}

// Found by the hash of what was sent: the time it takes tells nothing about the keys that exist.
function identify(identities: ReadonlyMap<string, Identity>, key: string): Identity | undefined {
  return keyPattern.test(key) ? identities.get(hashOf(key)) : undefined;
}

function hashOf(key: string): string {
  return digest('sha256', key);
}
