/** What is used of an entry of package-lock.json: an installed package, a workspace, or a link to one. */
interface LockEntry {
  readonly name?: string;
  readonly version?: string;
  readonly link?: boolean;
  readonly resolved?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
}

/** As much of package-lock.json as says what is installed. */
export interface PackageLock {
  readonly packages: Readonly<Record<string, LockEntry>>;
}

/**
 * The packages that `npm ci --omit=dev --omit=optional` installs for some workspaces, as paths in the lock file
 * (`node_modules/pg`, `bff/node_modules/lru-cache`): what is reached from them by dependencies alone.
 *
 * @throws Error when a dependency is not in the lock file.
 */
export function installedPackages(lock: PackageLock, workspaces: readonly string[]): ReadonlySet<string> {
  const reached = new Set<string>();
  const open = [...workspaces];
  for (let path = open.pop(); path !== undefined; path = open.pop()) {
    if (reached.has(path)) continue;
    reached.add(path);
    for (const name of Object.keys(lock.packages[path]?.dependencies ?? {})) open.push(locate(lock, path, name));
  }
  return new Set([...reached].filter((path) => path.includes('node_modules/')));
}

/** As Node finds a package: in the nearest node_modules on the way up. A link leads to the workspace itself. */
function locate(lock: PackageLock, from: string, name: string): string {
  for (let folder = from; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf('/')))) {
    const path = folder === '' ? `node_modules/${name}` : `${folder}/node_modules/${name}`;
    const entry = lock.packages[path];
    if (entry !== undefined) return entry.link === true && entry.resolved !== undefined ? entry.resolved : path;
    if (folder === '') throw new Error(`package-lock.json has no ${name} for ${from}`);
  }
}

/** The name of the package at a path of the lock file. */
export function packageName(path: string): string {
  return path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);
}
