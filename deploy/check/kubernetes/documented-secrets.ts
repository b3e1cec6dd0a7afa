import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const readme = join(import.meta.dirname, '../../kubernetes/README.md');

/** Secrets that production brings, and their keys, by the table in the README: a row a Secret, its keys in the second column. */
export function documentedSecrets(): [name: string, keys: Set<string>][] {
  const rows = readFileSync(readme, 'utf8').matchAll(/^\| `(boxoffice-[\w-]+)` +\| ([^|]*)\|/gm);
  return [...rows].map(([, name = '', cell = '']) => {
    const keys = [...cell.matchAll(/`([^`]+)`/g)].map(([, key]) => key ?? '');
    return [name, new Set(keys)];
  });
}
