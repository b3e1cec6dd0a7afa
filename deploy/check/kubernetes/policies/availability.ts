import type { Deployment } from 'kubernetes-types/apps/v1.js';
import type { HorizontalPodAutoscaler } from 'kubernetes-types/autoscaling/v2.js';
import type { PodDisruptionBudget } from 'kubernetes-types/policy/v1.js';

import { environmentOf } from '../environment-of.ts';
import { selects } from '../selectors.ts';
import { ofKind, workloadsOf, type Policy, type System, type Workload } from '../system.ts';

const topologies = ['topology.kubernetes.io/zone', 'kubernetes.io/hostname'];

/** A rollout, a drained node or a lost zone takes away one replica of several, and nothing that is under way. */
export const availability: Policy = (system) =>
  workloadsOf(system)
    .filter(({ kind }) => kind === 'Deployment')
    .flatMap((workload) => {
      const faults = [
        ...replicaFaults(system, workload),
        ...rolloutFaults(workload),
        ...spreadFaults(workload),
        ...endFaults(system, workload),
      ];
      return faults.map((what) => ({ where: workload.where, what }));
    });

function replicaFaults(system: System, { name, manifest, labels }: Workload): string[] {
  const { replicas } = (manifest as unknown as Deployment).spec ?? {};
  const scalers = ofKind<HorizontalPodAutoscaler>(system, 'HorizontalPodAutoscaler').filter(
    ({ value }) => value.spec?.scaleTargetRef.name === name,
  );
  const least = replicas ?? Math.max(1, ...scalers.map(({ value }) => value.spec?.minReplicas ?? 1));
  const budgets = ofKind<PodDisruptionBudget>(system, 'PodDisruptionBudget').filter(({ value }) =>
    selects(value.spec?.selector ?? {}, labels),
  );
  return [
    ...(least >= 2 ? [] : ['has one replica']),
    ...(scalers.length > 0 && replicas !== undefined ? ['replicas and an autoscaler undo each other'] : []),
    ...(budgets.length === 1 ? [] : [`has ${budgets.length} PodDisruptionBudgets, not one`]),
    ...budgets.flatMap(({ value }) =>
      value.spec?.maxUnavailable === 1 ? [] : ['its PodDisruptionBudget is not maxUnavailable 1'],
    ),
  ];
}

function rolloutFaults({ manifest, pod }: Workload): string[] {
  const { strategy, revisionHistoryLimit } = (manifest as unknown as Deployment).spec ?? {};
  return [
    ...(strategy?.rollingUpdate?.maxUnavailable === 0
      ? []
      : ['a rollout may take replicas away: maxUnavailable is not 0']),
    ...(revisionHistoryLimit === undefined ? ['revisionHistoryLimit is missing'] : []),
    ...(pod.priorityClassName === undefined ? ['priorityClassName is missing'] : []),
  ];
}

function spreadFaults({ pod, labels }: Workload): string[] {
  const constraints = pod.topologySpreadConstraints ?? [];
  return topologies
    .filter((key) => !constraints.some((one) => one.topologyKey === key && selects(one.labelSelector ?? {}, labels)))
    .map((key) => `is not spread over ${key}`);
}

/** The kubelet kills what has not ended by itself after the grace period. */
function endFaults(system: System, { pod }: Workload): string[] {
  const graceMs = (pod.terminationGracePeriodSeconds ?? 30) * 1_000;
  return pod.containers.flatMap((container) => {
    const environment = environmentOf(system, container);
    const delayMs = Number(environment.get('SHUTDOWN_DELAY_MS')?.value ?? 0);
    const timeoutMs = Number(environment.get('SHUTDOWN_TIMEOUT_MS')?.value ?? 5_000);
    return [
      ...(delayMs >= 1_000 ? [] : ['SHUTDOWN_DELAY_MS leaves no time for endpoints to be forgotten']),
      ...(timeoutMs > delayMs && timeoutMs < graceMs
        ? []
        : [`SHUTDOWN_TIMEOUT_MS ${timeoutMs} is not between the delay ${delayMs} and the grace period ${graceMs}`]),
    ];
  });
}
