import { execFile } from 'node:child_process';
import { access, mkdir, readdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { root } from '../settings.ts';

const run = promisify(execFile);
/** What of the repository the programs are, with the names by which they find each other. */
const packages = {
  proto: 'proto',
  runtime: 'services/runtime',
  queue: 'services/queue',
  inventory: 'services/inventory',
  ledger: 'services/ledger',
  bff: 'bff',
  worker: 'worker',
} as const;

/**
 * The newest commit whose programs lack a migration of each service: the one before the last migration of the service that has
 * not had one for longest. Undefined where the history does not go so far, as in a shallow clone.
 */
export async function previousVersion(): Promise<string | undefined> {
  const git = async (...args: string[]): Promise<string> => (await run('git', ['-C', root, ...args])).stdout.trim();
  try {
    const changes = await Promise.all(
      ['queue', 'inventory', 'ledger'].map(async (service) => {
        const commit = await git('log', '-1', '--format=%H', '--', `services/${service}/migrations`);
        return { commit, age: Number(await git('rev-list', '--count', commit)) };
      }),
    );
    const [oldest] = changes.sort((a, b) => a.age - b.age);
    return await git('rev-parse', '--verify', `${oldest?.commit}^`);
  } catch {
    return undefined;
  }
}

/**
 * Writes the programs of a commit into a folder. They find each other there, and what others wrote where we have it: with the
 * versions of now, which every version is to run with for as long as its own are within the same major ones.
 */
export async function checkOut(commit: string, folder: string): Promise<void> {
  const archive = `git -C "$0" archive "$1" package.json ${Object.values(packages).join(' ')} | tar -x -C "$2"`;
  await run('/bin/sh', ['-c', archive, root, commit, folder]);
  const modules = join(folder, 'node_modules');
  await mkdir(join(modules, '@boxoffice'), { recursive: true });
  for (const name of await readdir(join(root, 'node_modules'))) {
    if (!name.startsWith('.') && name !== '@boxoffice')
      await symlink(join(root, 'node_modules', name), join(modules, name));
  }
  for (const [name, path] of Object.entries(packages)) {
    await symlink(join(folder, path), join(modules, '@boxoffice', name));
    const own = join(root, path, 'node_modules');
    if (await isThere(own)) await symlink(own, join(folder, path, 'node_modules'));
  }
}

/** The main file of a program in such a folder. */
export function mainIn(folder: string, program: 'queue' | 'inventory' | 'ledger' | 'bff' | 'worker'): string {
  return join(folder, packages[program], 'main.ts');
}

function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
