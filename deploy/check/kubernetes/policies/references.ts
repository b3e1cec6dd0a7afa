import type { Container, Service, VolumeProjection } from 'kubernetes-types/core/v1.js';
import type { HorizontalPodAutoscaler } from 'kubernetes-types/autoscaling/v2.js';

import { objectsAt } from '../../kustomize/manifest.ts';
import { environmentOf } from '../environment-of.ts';
import { documentedSecrets } from '../documented-secrets.ts';
import { ofKind, whereOf, workloadsOf, type Policy, type System, type Workload } from '../system.ts';

/** What is named is there: ConfigMaps, Secrets and their keys, volumes, files below them, ports, and what is scaled. */
export const references: Policy = (system) => [
  ...workloadsOf(system).flatMap((workload) =>
    [...configMapFaults(system, workload), ...secretFaults(system, workload), ...fileFaults(system, workload)].map(
      (what) => ({
        where: workload.where,
        what,
      }),
    ),
  ),
  ...serviceFindings(system),
  ...scalerFindings(system),
];

function configMapFaults(system: System, { pod }: Workload): string[] {
  const names = new Set(ofKind(system, 'ConfigMap').map(({ name }) => name));
  const named = [
    ...pod.containers.flatMap(({ envFrom = [] }) => envFrom.flatMap(({ configMapRef }) => configMapRef?.name ?? [])),
    ...(pod.volumes ?? []).flatMap(({ configMap }) => configMap?.name ?? []),
  ];
  return named.filter((name) => !names.has(name)).map((name) => `there is no ConfigMap ${name}`);
}

/** A Secret is made here, or by cert-manager, or by whoever applies the manifests, who is told of it by the README. */
function secretFaults(system: System, workload: Workload): string[] {
  const keysOf = new Map(documentedSecrets());
  for (const { name, value } of ofKind<{ data?: Record<string, string> }>(system, 'Secret')) {
    keysOf.set(name, new Set(Object.keys(value.data ?? {})));
  }
  for (const { value } of ofKind<{ spec: { secretName: string } }>(system, 'Certificate')) {
    keysOf.set(value.spec.secretName, new Set(['tls.crt', 'tls.key', 'ca.crt']));
  }
  return secretsNamedBy(system, workload).flatMap(({ name, key }) => {
    const keys = keysOf.get(name);
    if (keys === undefined) return [`Secret ${name} is neither made nor in the README's table`];
    return key === undefined || keys.has(key) ? [] : [`Secret ${name} has no key ${key}`];
  });
}

function secretsNamedBy(system: System, { pod }: Workload): { name: string; key?: string }[] {
  const volumes = pod.volumes ?? [];
  return [
    ...pod.containers.flatMap((container) =>
      [...environmentOf(system, container).values()].flatMap(({ secret }) => (secret === undefined ? [] : [secret])),
    ),
    ...volumes.flatMap(({ secret }) => (secret?.secretName === undefined ? [] : [{ name: secret.secretName }])),
    ...volumes
      .flatMap(({ projected }) => projected?.sources ?? [])
      .flatMap(({ secret }) => {
        const { name = '', items = [] } = secret ?? {};
        return items.map(({ key }) => ({ name, key }));
      }),
  ];
}

/** Every variable that names a file names one that is mounted. */
function fileFaults(system: System, { pod }: Workload): string[] {
  return pod.containers.flatMap((container) => {
    const files = mountedFiles(container, pod.volumes ?? []);
    const unknown = (container.volumeMounts ?? []).filter(
      ({ name }) => !(pod.volumes ?? []).some((volume) => volume.name === name) && !claims(system).has(name),
    );
    const named = [...environmentOf(system, container)].filter(([name]) => name.endsWith('_FILE'));
    return [
      ...unknown.map(({ name }) => `there is no volume ${name}`),
      ...named
        .filter(([, { value }]) => value !== undefined && !files.has(value))
        .map(([name, { value }]) => `${name} names ${value}, which is not mounted`),
    ];
  });
}

function claims(system: System): Set<string> {
  const templates = system.manifests.flatMap((manifest) => objectsAt(manifest, 'spec.volumeClaimTemplates.*.metadata'));
  return new Set(templates.map(({ name }) => name as string));
}

function mountedFiles({ volumeMounts = [] }: Container, volumes: NonNullable<Workload['pod']['volumes']>): Set<string> {
  const files = volumeMounts.flatMap(({ name, mountPath }) => {
    const volume = volumes.find((one) => one.name === name);
    const projected = (volume?.projected?.sources ?? []).flatMap(pathsOf);
    const certificate = volume?.secret === undefined ? [] : ['tls.crt', 'tls.key', 'ca.crt'];
    return [...projected, ...certificate].map((path) => `${mountPath}/${path}`);
  });
  return new Set(files);
}

function pathsOf({ secret, configMap }: VolumeProjection): string[] {
  return [...(secret?.items ?? []), ...(configMap?.items ?? [])].map(({ path }) => path);
}

const serviceFindings: Policy = (system) => {
  const workloads = workloadsOf(system);
  return ofKind<Service>(system, 'Service').flatMap(({ where, value }) => {
    const selector = Object.entries(value.spec?.selector ?? {});
    const behind = workloads.filter(({ labels }) => selector.every(([key, one]) => labels[key] === one));
    const ports = behind.flatMap(({ pod }) => pod.containers.flatMap((container) => container.ports ?? []));
    const missing = (value.spec?.ports ?? []).filter(
      ({ port, targetPort = port }) =>
        !ports.some(({ name, containerPort }) => targetPort === name || targetPort === containerPort),
    );
    return [
      ...(behind.length === 1 ? [] : [{ where, what: `selects the pods of ${behind.length} workloads, not of one` }]),
      ...missing.map(({ targetPort, port }) => ({ where, what: `there is no port ${targetPort ?? port} behind it` })),
    ];
  });
};

const scalerFindings: Policy = (system) =>
  system.manifests
    .filter(({ kind }) => kind === 'HorizontalPodAutoscaler')
    .flatMap((manifest) => {
      const { kind, name } = (manifest as unknown as HorizontalPodAutoscaler).spec?.scaleTargetRef ?? {
        kind: '',
        name: '',
      };
      const found = system.manifests.some((one) => one.kind === kind && one.metadata.name === name);
      return found ? [] : [{ where: whereOf(system, manifest), what: `there is no ${kind} ${name} to scale` }];
    });
