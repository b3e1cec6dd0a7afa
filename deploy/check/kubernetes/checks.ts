import type { Check, Finding } from '../findings.ts';
import { exampleFindings, exampleManifests } from './examples.ts';
import { buildOverlay } from './overlays.ts';
import { policies } from './policies/index.ts';
import { checkTypes, type Placed } from './schema/type-check.ts';
import { checkWords } from './schema/words.ts';
import { whereOf, type System } from './system.ts';

/** The manifests of `deploy/kubernetes`: each overlay as it is applied, and the examples. */
export const kubernetesChecks: readonly Check[] = [
  { name: 'kubernetes/demo', run: async () => checkSystem(buildOverlay('demo')) },
  { name: 'kubernetes/production', run: async () => checkSystem(buildOverlay('production')) },
  {
    name: 'kubernetes/examples',
    run: async () => {
      const examples = exampleManifests();
      return [...checkManifests(examples), ...exampleFindings(examples, buildOverlay('production'))];
    },
  },
];

/** What is wrong with an overlay. Policies are asked about what has the right types alone. */
export function checkSystem(system: System): Finding[] {
  const findings = checkManifests(system.manifests.map((manifest) => ({ where: whereOf(system, manifest), manifest })));
  return findings.length > 0 ? findings : checkPolicies(system);
}

/** What the API server would not take. */
export function checkManifests(placed: readonly Placed[]): Finding[] {
  return [...checkTypes(placed), ...checkWords(placed)];
}

/** Where an overlay breaks a rule of ours. */
export function checkPolicies(system: System): Finding[] {
  return policies.flatMap((policy) => policy(system));
}
