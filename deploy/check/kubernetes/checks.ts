import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import type { Check, Finding } from '../findings.ts';
import { nameOf, parseManifests } from '../kustomize/manifest.ts';
import { buildOverlay, manifestsFolder, type OverlayName } from './overlays.ts';
import { policies } from './policies/index.ts';
import { checkTypes, type Placed } from './schema/type-check.ts';
import { checkWords } from './schema/words.ts';
import { whereOf, type System } from './system.ts';

/** Values of a Helm chart, not manifests. */
const notManifests = new Set(['prometheus-adapter.yaml']);

/** The manifests of `deploy/kubernetes`: each overlay as it is applied, and the examples. */
export const kubernetesChecks: readonly Check[] = [
  ...(['demo', 'production'] as const).map((name: OverlayName) => ({
    name: `kubernetes/${name}`,
    run: async () => checkSystem(buildOverlay(name)),
  })),
  { name: 'kubernetes/examples', run: async () => checkManifests(exampleManifests()) },
];

/** What is wrong with an overlay. Policies are asked about what has the right types alone. */
export function checkSystem(system: System): Finding[] {
  const findings = checkManifests(system.manifests.map((manifest) => ({ where: whereOf(system, manifest), manifest })));
  return findings.length > 0 ? findings : checkPolicies(system);
}

export function checkManifests(placed: readonly Placed[]): Finding[] {
  return [...checkTypes(placed), ...checkWords(placed)];
}

export function checkPolicies(system: System): Finding[] {
  return policies.flatMap((policy) => policy(system));
}

function exampleManifests(): Placed[] {
  const folder = join(manifestsFolder, 'examples');
  return readdirSync(folder)
    .filter((file) => !notManifests.has(file))
    .flatMap((file) => {
      const where = `kubernetes/examples/${file}`;
      const manifests = parseManifests(readFileSync(join(folder, file), 'utf8'), where);
      return manifests.map((manifest) => ({ where: `${where} ${nameOf(manifest)}`, manifest }));
    });
}
