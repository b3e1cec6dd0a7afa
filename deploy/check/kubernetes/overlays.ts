import { join } from 'node:path';

import { buildKustomization } from '../kustomize/build.ts';
import { filesOnDisk } from '../kustomize/files.ts';
import { demoSecrets } from '../../kubernetes/overlays/demo/secrets.ts';
import type { System } from './system.ts';

/** Where the manifests are. */
export const manifestsFolder = join(import.meta.dirname, '../../kubernetes');

export type OverlayName = 'demo' | 'production';

/** Builds an overlay. The Secrets of the demo are new ones each time, as on the machine that applies it. */
export function buildOverlay(name: OverlayName): System {
  const folder = join(manifestsFolder, 'overlays', name);
  const isDemo = name === 'demo';
  const secrets = Object.entries(isDemo ? demoSecrets() : {}).map(([file, text]) => [
    join(folder, 'secrets', file),
    text,
  ]);
  const files = filesOnDisk(Object.fromEntries(secrets) as Record<string, string>);
  return { name: `kubernetes/${name}`, isDemo, manifests: buildKustomization(folder, files) };
}
