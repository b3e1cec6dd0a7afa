import type { Container, PodSpec } from 'kubernetes-types/core/v1.js';

import type { Finding } from '../../findings.ts';
import { containersOf, ofKind, whereOf, workloadsOf, type Policy } from '../system.ts';

/** Pods keep to `restricted`, and their root file systems are read only; the namespace has it enforced. */
export const podSecurity: Policy = (system) => [
  ...workloadsOf(system).flatMap(({ where, pod }) => faultsOfPod(pod).map((what) => ({ where, what }))),
  ...containersOf(system).flatMap(({ where, container }) =>
    faultsOfContainer(container).map((what) => ({ where, what })),
  ),
  ...namespaceFindings(system),
];

function faultsOfPod({ securityContext: security = {}, volumes = [], ...pod }: PodSpec): string[] {
  return [
    ...(security.runAsNonRoot === true ? [] : ['runAsNonRoot is not true']),
    ...((security.runAsUser ?? 0) > 0 ? [] : ['runAsUser is not a number above 0']),
    ...(security.seccompProfile?.type === 'RuntimeDefault' ? [] : ['seccompProfile is not RuntimeDefault']),
    ...(pod.hostNetwork === true || pod.hostPID === true || pod.hostIPC === true ? ['shares with its node'] : []),
    ...volumes.filter(({ hostPath }) => hostPath !== undefined).map(({ name }) => `volume ${name} is the node's`),
  ];
}

function faultsOfContainer({ securityContext: security = {} }: Container): string[] {
  const { drop = [], add = [] } = security.capabilities ?? {};
  return [
    ...(security.allowPrivilegeEscalation === false ? [] : ['allowPrivilegeEscalation is not false']),
    ...(security.readOnlyRootFilesystem === true ? [] : ['readOnlyRootFilesystem is not true']),
    ...(drop.includes('ALL') ? [] : ['does not drop ALL capabilities']),
    ...(add.length === 0 ? [] : [`adds capabilities: ${add.join(', ')}`]),
    ...(security.privileged === true ? ['is privileged'] : []),
    ...(security.runAsUser === 0 || security.runAsNonRoot === false ? ['runs as root'] : []),
  ];
}

const namespaceFindings: Policy = (system) => {
  const label = 'pod-security.kubernetes.io/enforce';
  const namespaces = system.manifests.filter(({ kind }) => kind === 'Namespace');
  const loose = ofKind<{ metadata: { labels?: Record<string, string> } }>(system, 'Namespace').filter(
    ({ value }) => value.metadata.labels?.[label] !== 'restricted',
  );
  return [
    ...loose.map(({ where }): Finding => ({ where, what: `label ${label} is not restricted` })),
    ...(namespaces.length === 1 ? [] : [{ where: system.name, what: `has ${namespaces.length} namespaces, not one` }]),
    ...system.manifests
      .filter(
        ({ kind, metadata }) => !['Namespace', 'PriorityClass'].includes(kind) && metadata['namespace'] === undefined,
      )
      .map((manifest) => ({ where: whereOf(system, manifest), what: 'is in no namespace' })),
  ];
};
