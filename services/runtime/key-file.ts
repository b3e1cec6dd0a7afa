import { randomUUID } from 'node:crypto';
import { rename, writeFile } from 'node:fs/promises';
import { callerKinds, isCallerName, type CallerKind } from './identity.ts';

/** A key as the keys file keeps it: whom it stands for, and the key's hash, never the key. */
export interface KeyEntry {
  readonly id: string;
  readonly kind: CallerKind;
  readonly name: string;
  readonly partner: string;
  readonly scopes: readonly string[];
  /** SHA-256 of the whole key, in hex. */
  readonly hash: string;
  /** RFC 3339. */
  readonly createdAt: string;
}

const hashPattern = /^[0-9a-f]{64}$/;
const fileLengthMax = 1 << 20;

/** Writes a keys file so that no reader ever sees half of it, readable by its owner alone. */
export async function saveKeyring(path: string, entries: readonly KeyEntry[]): Promise<void> {
  const unfinished = `${path}.${randomUUID()}`;
  await writeFile(unfinished, `${JSON.stringify({ keys: entries }, undefined, 2)}\n`, { mode: 0o600 });
  await rename(unfinished, path);
}

/**
 * Reads the text of a keys file: `{"keys": [...]}`.
 *
 * @throws Error that names the entry and what is wrong with it; never a hash.
 */
export function parseKeyring(text: string): KeyEntry[] {
  if (text.length > fileLengthMax) {
    throw new Error(`a keys file has at most ${fileLengthMax} characters`);
  }
  const file = parseJson(text);
  if (!isRecord(file) || !Array.isArray(file['keys'])) {
    throw new Error('a keys file is an object with a list "keys"');
  }
  return file['keys'].map((entry: unknown, position) => {
    try {
      return checkEntry(entry);
    } catch (error) {
      throw new Error(`keys[${position}]: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
    }
  });
}

// The message of JSON.parse quotes the text, and this text is not for logs.
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Error('a keys file is JSON, and this is not');
  }
}

/**
 * Checks an entry of a keys file.
 *
 * @throws Error that says what is wrong with it.
 */
export function checkEntry(entry: unknown): KeyEntry {
  if (!isRecord(entry)) {
    throw new Error('is not an object');
  }
  const { id, kind, name, partner, scopes, hash, createdAt } = entry;
  const knownKind = callerKinds.find((known) => known === kind);
  if (knownKind === undefined) {
    throw new Error(`kind must be one of ${callerKinds.join(', ')}`);
  }
  if (typeof name !== 'string' || !isCallerName(name)) {
    throw new Error('name must be 1 to 63 lower-case letters, digits and hyphens');
  }
  if (typeof partner !== 'string' || !isCallerName(partner)) {
    throw new Error('partner must be 1 to 63 lower-case letters, digits and hyphens');
  }
  if (knownKind === 'partner' && partner !== name) {
    throw new Error('a partner has its own members: partner must equal name');
  }
  if (!isListOfNames(scopes)) {
    throw new Error('scopes must be a list of names');
  }
  if (typeof hash !== 'string' || !hashPattern.test(hash)) {
    throw new Error('hash must be a SHA-256 in lower-case hex');
  }
  if (typeof id !== 'string' || id === '' || typeof createdAt !== 'string') {
    throw new Error('id and createdAt must be texts');
  }
  return { id, kind: knownKind, name, partner, scopes: [...scopes], hash, createdAt };
}

function isListOfNames(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((name) => typeof name === 'string' && isCallerName(name));
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
