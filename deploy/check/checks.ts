import type { Check } from './findings.ts';
import { imageChecks } from './image/checks.ts';
import { kubernetesChecks } from './kubernetes/checks.ts';
import { observabilityChecks } from './observability/checks.ts';

/** Every check, in the order in which it is run: one line a folder of `deploy/check/`. */
export const checks: readonly Check[] = [...kubernetesChecks, ...imageChecks, ...observabilityChecks];
