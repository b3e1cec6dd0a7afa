import { expect, test } from '@boxoffice/runtime/testing/tests';

import { checkDockerfile } from '../dockerfile-check.ts';
import { readDockerfile } from '../dockerfile.ts';
import { context, readOurImage, readSource } from '../our-image.ts';

const facts = { context, nodeVersion: '24.21.0', isIgnored: (await readOurImage()).isIgnored };
const ours = await readSource('deploy/docker/Dockerfile');

function findingsOf(text: string): string[] {
  return checkDockerfile(readDockerfile(text), facts).map(({ where, what }) => `${where}: ${what}`);
}

test('the Dockerfile of the programs is as it should be', () => {
  expect(findingsOf(ours)).toEqual([]);
});

test.each([
  ['a tag that moves', 'NODE_IMAGE=node:24.21.0-trixie-slim\n', 'NODE_IMAGE=node:latest\n', 'another image tomorrow'],
  ['another Node than tests have', 'NODE_IMAGE=node:24.21.0-trixie-slim\n', 'NODE_IMAGE=node:22.1.0\n', 'tests run on'],
  ['no user', 'USER 10001:10001', '', 'would run as root'],
  ['a user by name', 'USER 10001:10001', 'USER node', 'only of a number'],
  ['root by number', 'USER 10001:10001', 'USER 0', 'only of a number'],
  ['a shell in front', /ENTRYPOINT .*/, 'ENTRYPOINT node deploy/docker/entrypoint.ts', 'not a list'],
  ['npm in front', /ENTRYPOINT .*/, 'ENTRYPOINT ["npm", "start"]', 'npm would be in front'],
  [
    'an entrypoint that is not there',
    'docker/entrypoint.ts"]',
    'docker/start.ts"]',
    'there is no deploy/docker/start.ts',
  ],
  ['no health check', /HEALTHCHECK [^]*?CMD .*/, '', 'no HEALTHCHECK'],
  ['a source that is not there', 'COPY bff/package.json', 'COPY bff/manifest.json', 'is not there'],
  ['a source that is left out', 'LICENSE ./', 'README.md ./', 'is left out by .dockerignore'],
])('the check of a Dockerfile finds %s', (_name, before, after, finding) => {
  expect(ours).toMatch(before);
  expect(findingsOf(ours.replace(before, after))).toContainEqual(expect.stringContaining(finding));
});
