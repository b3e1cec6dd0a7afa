import { createHash } from 'node:crypto';

import { isObject, type Json, type JsonObject, type Manifest } from './manifest.ts';

const length = 10;
/** Kustomize avoids vowels, and digits that look like them, so that no suffix is a word. */
const replaced: Readonly<Record<string, string>> = { 0: 'g', 1: 'h', 3: 'k', a: 'm', e: 't' };

/** The suffix that kustomize gives the name of a generated ConfigMap or Secret: a hash of its kind, type and data. */
export function nameSuffix({ kind, ...content }: Manifest): string {
  // Kustomize means to hash the name, too, and looks for it in a field `metadata/name` that nothing has.
  const hashed: JsonObject = { kind, name: '', data: content['data'] ?? '' };
  if (kind === 'Secret') hashed['type'] = content['type'] ?? '';
  const hex = createHash('sha256').update(encodeLikeGo(hashed)).digest('hex');
  return hex.slice(0, length).replace(/[013ae]/g, (digit) => replaced[digit] ?? digit);
}

/** JSON as Go writes it: keys sorted, and what would mean something in HTML as an escape. */
function encodeLikeGo(value: Json): string {
  const escape = (character: string) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  return JSON.stringify(sorted(value)).replace(/[<>&\u2028\u2029]/g, escape);
}

function sorted(value: Json): Json {
  if (!isObject(value)) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, one]) => [key, sorted(one)]));
}
