/**
 * `npm run check:image`: does what the Dockerfile says in a folder, without Docker, and runs every program from there. It
 * installs packages, from npm's cache where they are in it.
 */
import { deepStrictEqual } from 'node:assert';
import { chmod, mkdir, mkdtemp, readFile, rm, copyFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { startPostgres } from '../../local/postgres.ts';
import { buildImage, RegistryAwayError, type BuiltImage } from './build.ts';
import type { Account } from './container.ts';
import type { Stage } from './dockerfile.ts';
import { installedPackages, type PackageLock } from './installed-packages.ts';
import { context, readOurImage, readSource } from './our-image.ts';
import { installCommandsOf, workspacesOf } from './packages-check.ts';
import { tryPrograms } from './trial.ts';

const say = (words: string): void => void process.stdout.write(`image: ${words}\n`);

/** The user of the image, whom only root can become. */
function accountOf({ user }: BuiltImage): Account {
  const [uid, gid] = user.split(':').map(Number);
  if (process.getuid?.() === 0 && uid !== undefined && gid !== undefined) return { uid, gid };
  say(`SKIPPED: the programs run as you and not as ${user}, whom only root can become`);
  return undefined;
}

/** What npm has installed has to be what `check:deploy` computes: it looks for what should not be there in that. */
async function comparePackages(image: BuiltImage, stages: readonly Stage[]): Promise<number> {
  const path = join(image.root, image.workdir, 'node_modules/.package-lock.json');
  const installed = (JSON.parse(await readFile(path, 'utf8')) as PackageLock).packages;
  const lock = JSON.parse(await readSource('package-lock.json')) as PackageLock;
  const workspaces = installCommandsOf(stages).flatMap(({ args }) => workspacesOf(args));
  const expected = [...installedPackages(lock, workspaces)].sort();
  const found = Object.keys(installed).filter(
    (name) => name.includes('node_modules/') && installed[name]?.link !== true,
  );
  deepStrictEqual(found.sort(), expected);
  return found.length;
}

/** Where there is no registry nothing can be installed, and nothing is wrong with the image. */
async function skipWithoutRegistry(error: unknown): Promise<never> {
  if (!(error instanceof RegistryAwayError)) throw error;
  say(`SKIPPED: the packages cannot be fetched:\n${error.message}`);
  await cleanup[Symbol.asyncDispose]();
  process.exit(0);
}

const folder = await mkdtemp(join(tmpdir(), 'boxoffice-image-'));
await using cleanup = new AsyncDisposableStack();
cleanup.defer(() => rm(folder, { recursive: true, force: true }));
// For the user of the image to pass through.
await chmod(folder, 0o755);
const stagesFolder = join(folder, 'stages');
const keysFolder = join(folder, 'keys');
await Promise.all([stagesFolder, keysFolder].map((path) => mkdir(path)));

const startedAt = performance.now();
const ours = await readOurImage();
const image = await buildImage({ context, folder: stagesFolder, ...ours }).catch(skipWithoutRegistry);
say(
  `built in ${((performance.now() - startedAt) / 1_000).toFixed(1)} s, with ${await comparePackages(image, ours.stages)} packages`,
);
const { url: databaseUrl } = cleanup.use(await startPostgres({ dataDir: join(folder, 'postgres'), durability: 'off' }));
const node = join(folder, 'node');
await copyFile(process.execPath, node);
await tryPrograms({ image: { ...image, node }, account: accountOf(image), databaseUrl, folder: keysFolder, say });
