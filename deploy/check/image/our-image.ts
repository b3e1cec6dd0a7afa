import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';

import { readDockerfile, type Stage } from './dockerfile.ts';
import { ignoredBy } from './dockerignore.ts';

/** The root of the repository, which is the context of the build. */
export const context = resolve(import.meta.dirname, '../../..');

/** Reads a file by its path from the root of the repository. */
export function readSource(path: string): Promise<string> {
  return readFile(resolve(context, path), 'utf8');
}

/** The stages of our Dockerfile, and what is left out of its context. */
export async function readOurImage(): Promise<{ stages: Stage[]; isIgnored: (path: string) => boolean }> {
  const [dockerfile, dockerignore] = await Promise.all(['deploy/docker/Dockerfile', '.dockerignore'].map(readSource));
  return { stages: readDockerfile(dockerfile ?? ''), isIgnored: ignoredBy(dockerignore ?? '') };
}
