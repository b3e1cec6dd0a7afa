import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, cp, mkdir, readdir, stat } from 'node:fs/promises';
import { basename, join, relative, resolve } from 'node:path';
import { text } from 'node:stream/consumers';

import type { Stage, Step } from './dockerfile.ts';

/** Packages are neither in npm's cache nor to be had. */
export class RegistryAwayError extends Error {}

/** What an image is made from. */
export interface BuildOptions {
  /** The root of the repository. */
  readonly context: string;
  readonly stages: readonly Stage[];
  /** Of paths from the root of the repository. */
  readonly isIgnored: (path: string) => boolean;
  /** An empty folder for the file systems of the stages. */
  readonly folder: string;
}

/** An image without what its base has: the folder that would be its root. */
export interface BuiltImage {
  readonly root: string;
  readonly workdir: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly user: string;
  readonly entrypoint: readonly string[];
  readonly healthcheck: readonly string[];
}

/**
 * Does what a Dockerfile says, without Docker and without the images it begins with: copies the same files, and installs the
 * same packages with the npm of this machine. Takes a Dockerfile that does nothing else.
 *
 * @throws RegistryAwayError when npm cannot fetch the packages; Error for an instruction that it does not know, and when npm
 *   fails otherwise.
 */
export async function buildImage({ context, stages, isIgnored, folder }: BuildOptions): Promise<BuiltImage> {
  const roots = new Map<string, string>();
  let image: BuiltImage | undefined;
  for (const [index, stage] of stages.entries()) {
    const root = join(folder, stage.name ?? `stage-${index}`);
    await mkdir(root);
    image = { root, workdir: '/', environment: {}, user: 'root', entrypoint: [], healthcheck: [] };
    for (const step of stage.steps) image = await follow(step, image, { context, isIgnored, roots });
    if (stage.name !== undefined) roots.set(stage.name, root);
  }
  if (image === undefined) throw new Error('The Dockerfile has no FROM');
  return image;
}

interface Surroundings extends Pick<BuildOptions, 'context' | 'isIgnored'> {
  readonly roots: ReadonlyMap<string, string>;
}

async function follow(step: Step, image: BuiltImage, surroundings: Surroundings): Promise<BuiltImage> {
  switch (step.keyword) {
    case 'WORKDIR':
      await mkdir(join(image.root, step.args[0] ?? ''), { recursive: true });
      return { ...image, workdir: step.args[0] ?? '/' };
    case 'COPY':
      await copy(step, image, surroundings);
      return image;
    case 'RUN':
      await install(step, join(image.root, image.workdir));
      return image;
    case 'ENV':
      return { ...image, environment: { ...image.environment, ...step.pairs } };
    case 'USER':
      return { ...image, user: step.args[0] ?? '' };
    case 'ENTRYPOINT':
      return { ...image, entrypoint: step.list ?? [] };
    case 'HEALTHCHECK':
      return { ...image, healthcheck: step.list ?? [] };
    case 'LABEL':
    case 'EXPOSE':
      return image;
    default:
      throw new Error(`line ${step.line}: what ${step.keyword} does can only be tried with Docker`);
  }
}

async function copy(step: Step, image: BuiltImage, { context, isIgnored, roots }: Surroundings): Promise<void> {
  const { from, chmod: mode } = step.flags;
  const base = from === undefined ? context : roots.get(from);
  if (base === undefined) throw new Error(`line ${step.line}: there is no stage ${from}`);
  const sources = step.args.slice(0, -1);
  const target = step.args.at(-1) ?? '';
  for (const source of sources) {
    const path = join(base, source);
    const isFolder = (await stat(path)).isDirectory();
    const place = resolve(image.root, `.${resolve(image.workdir, target)}`);
    const destination = !isFolder && target.endsWith('/') ? join(place, basename(source)) : place;
    const filter = (file: string): boolean => from !== undefined || !isIgnored(relative(context, file));
    await cp(path, destination, { recursive: true, verbatimSymlinks: true, filter });
    if (mode !== undefined) await letEverybodyRead(destination);
  }
}

/** `--chmod=u=rwX,go=rX`, the only one that is used. */
async function letEverybodyRead(path: string): Promise<void> {
  const found = await stat(path);
  await chmod(path, found.isDirectory() || found.mode & 0o111 ? 0o755 : 0o644);
  if (!found.isDirectory()) return;
  for (const entry of await readdir(path, { withFileTypes: true })) {
    if (!entry.isSymbolicLink()) await letEverybodyRead(join(path, entry.name));
  }
}

/** Settings of ours, not of the image: what is in the cache need not be fetched, and who is away is not waited for. */
const patience = ['--prefer-offline', '--fetch-retries=1', '--fetch-retry-mintimeout=1000', '--fetch-timeout=30000'];
const isAway = /\b(?:ENOTFOUND|ECONNREFUSED|ECONNRESET|EAI_AGAIN|ETIMEDOUT|ENETUNREACH|ENOTCACHED|E50[234])\b/;

async function install({ args: [command, ...args], line }: Step, folder: string): Promise<void> {
  if (command !== 'npm') throw new Error(`line ${line}: only npm can be run without Docker`);
  // Which registry is this machine's business; what is installed is the Dockerfile's.
  const foreign = /^npm_config_(?:workspaces?|local_prefix|omit|include|only|production|global|dry_run)$/i;
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !foreign.test(name)));
  const npm = spawn(command, [...args, ...patience], { cwd: folder, env, stdio: ['ignore', 'ignore', 'pipe'] });
  const [said, [code]] = await Promise.all([text(npm.stderr), once(npm, 'exit') as Promise<[number | null]>]);
  if (code === 0) return;
  if (isAway.test(said)) throw new RegistryAwayError(said);
  throw new Error(`line ${line}: npm ended with ${code}:\n${said}`);
}
