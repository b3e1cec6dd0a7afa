import { mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, expect, test } from '@boxoffice/runtime/testing/tests';

import { buildImage } from '../build.ts';
import { readDockerfile } from '../dockerfile.ts';
import { ignoredBy } from '../dockerignore.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'boxoffice-build-'));
  await mkdir(join(folder, 'stages'));
});

afterEach(() => rm(folder, { recursive: true }));

async function build(files: readonly string[], dockerignore: string, dockerfile: string) {
  const context = join(folder, 'context');
  for (const file of files) {
    await mkdir(join(context, file, '..'), { recursive: true });
    await writeFile(join(context, file), file, { mode: 0o600 });
  }
  const isIgnored = ignoredBy(dockerignore);
  return buildImage({ context, stages: readDockerfile(dockerfile), isIgnored, folder: join(folder, 'stages') });
}

test('a build copies what a Dockerfile says and .dockerignore lets through', async () => {
  const image = await build(
    ['a/main.ts', 'a/README.md', 'a/test/main.test.ts', 'package.json', 'secret.pem'],
    '*\n!a\n!package.json\n**/test\n**/*.md\n',
    `ARG NODE=node:1.2
     FROM $\{NODE} AS packages
     WORKDIR /app
     COPY package.json ./
     FROM $\{NODE}
     WORKDIR /app
     COPY --from=packages --chmod=u=rwX,go=rX /app ./
     COPY --chmod=u=rwX,go=rX a a
     ENV A=1 B="2 3"
     USER 7:8
     HEALTHCHECK --interval=1s CMD ["node", "/app/well.ts"]
     ENTRYPOINT ["node", "/app/a/main.ts"]`,
  );
  const found = await readdir(join(image.root, 'app'), { recursive: true });
  expect(found.sort()).toEqual(['a', 'a/main.ts', 'package.json']);
  expect((await stat(join(image.root, 'app/a/main.ts'))).mode & 0o777).toBe(0o644);
  expect(image).toMatchObject({
    workdir: '/app',
    environment: { A: '1', B: '2 3' },
    user: '7:8',
    healthcheck: ['node', '/app/well.ts'],
    entrypoint: ['node', '/app/a/main.ts'],
  });
});

test.each([
  ['VOLUME /data', 'line 2: what VOLUME does'],
  ['RUN apt-get update', 'line 2: only npm'],
])('what only Docker can do is not passed over: %s', async (instruction, problem) => {
  await expect(build([], '', `FROM node:1.2\n${instruction}`)).rejects.toThrow(problem);
});

test.each([
  ['the last pattern that fits decides', '*\n!src\nsrc/*.md\n!src/KEEP.md', 'src/KEEP.md', false],
  ['a folder takes all below it with it', 'build', 'build/a/b.js', true],
  ['a star stays within one folder', 'src/*.js', 'src/a/b.js', false],
  ['two stars go through any number of folders', '**/test', 'a/b/test/c.ts', true],
  ['and through none', '**/test', 'test', true],
  ['a comment says nothing', '# a\n\n', 'a', false],
])('of .dockerignore: %s', (_name, text, path, isIgnored) => {
  expect(ignoredBy(text)(path)).toBe(isIgnored);
});
