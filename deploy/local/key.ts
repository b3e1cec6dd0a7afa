/** `npm run key`: makes, lists and revokes the keys of partners, also while the system runs. */
import { parseArgs } from 'node:util';

import { scopes } from '@boxoffice/proto/access';
import { createKey } from '@boxoffice/runtime/keyring';

import { editEntries, readEntries } from './keyring-file.ts';
import { readSettings } from './settings.ts';

const usage = `Usage:
  npm run key -- create --partner <name> --scope <scope> [--scope <scope> ...]
  npm run key -- list
  npm run key -- revoke <id>

Scopes: ${scopes.join(', ')}. A partner sees its own members only. The keys are in KEYRING_FILE, by default keyring.json in
the data folder. A running system takes a change over within two seconds.`;

/** What is wrong with what was typed. */
class UsageError extends Error {}

async function create(path: string, partner: string | undefined, wanted: readonly string[]): Promise<void> {
  if (partner === undefined) throw new UsageError('--partner is missing');
  if (wanted.length === 0) throw new UsageError('--scope is missing');
  const unknown = wanted.filter((scope) => !scopes.some((known) => known === scope));
  if (unknown.length > 0) throw new UsageError(`there is no scope ${unknown.join(', ')}`);
  const { key, entry } = createKey({ kind: 'partner', name: partner, scopes: [...new Set(wanted)] });
  await editEntries(path, (entries) => [...entries, entry]);
  // The key alone goes to standard output, so that it can be caught in a variable.
  console.error(`Key ${entry.id} of ${partner} for ${entry.scopes.join(', ')}. It is shown this once:`);
  console.log(key);
}

async function list(path: string): Promise<void> {
  const rows = (await readEntries(path))
    .filter(({ kind }) => kind !== 'service') // They are new at every start.
    .map(({ id, kind, name, scopes: granted, createdAt }) => [id, kind, name, granted.join(',') || '-', createdAt]);
  const table = [['id', 'kind', 'name', 'scopes', 'created'], ...rows];
  const widths = table[0]?.map((_, column) => Math.max(...table.map((row) => row[column]?.length ?? 0))) ?? [];
  for (const row of table)
    console.log(
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    );
}

async function revoke(path: string, id: string | undefined): Promise<void> {
  if (id === undefined) throw new UsageError('the id is missing; `list` shows them');
  const removed: string[] = [];
  await editEntries(path, (entries) =>
    entries.filter((entry) => {
      if (entry.id !== id || entry.kind === 'service') return true;
      removed.push(entry.id);
      return false;
    }),
  );
  if (removed.length === 0) throw new Error(`There is no key ${id}; \`npm run key -- list\` shows them.`);
  console.error(`Key ${id} is revoked.`);
}

async function main(): Promise<void> {
  const { values, positionals } = parse();
  const { keyringFile } = readSettings(process.env);
  const [command, id, ...rest] = positionals;
  if (rest.length > 0) throw new UsageError(`what is ${rest.join(' ')}?`);
  if (command === 'create') {
    // Given once each, or separated by commas.
    const wanted = (values.scope ?? []).flatMap((scope) => scope.split(','));
    return await create(keyringFile, values.partner, wanted);
  }
  if (command === 'list') return await list(keyringFile);
  if (command === 'revoke') return await revoke(keyringFile, id);
  throw new UsageError(command === undefined ? 'what shall be done?' : `there is no command ${command}`);
}

function parse() {
  try {
    const options = { partner: { type: 'string' }, scope: { type: 'string', multiple: true } } as const;
    return parseArgs({ options, allowPositionals: true });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error), { cause: error });
  }
}

try {
  await main();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  if (error instanceof UsageError) console.error(`\n${usage}`);
  process.exitCode = error instanceof UsageError ? 2 : 1;
}
