/**
 * `npm run check:image`: does what the Dockerfile says in a folder, without Docker, and runs every program from there. It
 * installs packages, from npm's cache where they are in it.
 */
import { chmod, mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { startPostgres } from '../../local/postgres.ts';
import { buildImage, type BuiltImage } from './build.ts';
import type { Account } from './container.ts';
import { context, readOurImage } from './our-image.ts';
import { tryPrograms } from './trial.ts';

const say = (words: string): void => void process.stdout.write(`image: ${words}\n`);

/** The user of the image, whom only root can become. */
function accountOf({ user }: BuiltImage): Account {
  const [uid, gid] = user.split(':').map(Number);
  if (process.getuid?.() === 0 && uid !== undefined && gid !== undefined) return { uid, gid };
  say(`SKIPPED: the programs run as you and not as ${user}, whom only root can become`);
  return undefined;
}

async function installedIn(image: BuiltImage): Promise<number> {
  const path = join(image.root, image.workdir, 'node_modules/.package-lock.json');
  const { packages } = JSON.parse(await readFile(path, 'utf8')) as { packages: Record<string, unknown> };
  return Object.keys(packages).filter((name) => name.includes('node_modules/')).length;
}

const folder = await mkdtemp(join(tmpdir(), 'boxoffice-image-'));
await using cleanup = new AsyncDisposableStack();
cleanup.defer(() => rm(folder, { recursive: true, force: true }));
// For the user of the image to pass through.
await chmod(folder, 0o755);
const stages = join(folder, 'stages');
const keys = join(folder, 'keys');
await Promise.all([stages, keys].map((path) => mkdir(path)));

const startedAt = performance.now();
const image = await buildImage({ context, folder: stages, ...(await readOurImage()) });
say(`built in ${((performance.now() - startedAt) / 1_000).toFixed(1)} s, with ${await installedIn(image)} packages`);
const { url: databaseUrl } = cleanup.use(await startPostgres({ dataDir: join(folder, 'postgres'), durability: 'off' }));
await tryPrograms({ image, account: accountOf(image), databaseUrl, folder: keys, say });
