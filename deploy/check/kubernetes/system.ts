import type { Container, PodSpec } from 'kubernetes-types/core/v1.js';

import type { Finding } from '../findings.ts';
import { nameOf, objectsAt, type JsonObject, type Manifest } from '../kustomize/manifest.ts';

/** What an overlay builds, as policies look at it. Its manifests have been checked against their types. */
export interface System {
  /** `kubernetes/production`. */
  readonly name: string;
  /** Whether it is for looking at: it brings its own data and Secrets. */
  readonly isDemo: boolean;
  readonly manifests: readonly Manifest[];
}

/** One rule that all manifests keep. */
export type Policy = (system: System) => Finding[];

export type Labels = Readonly<Record<string, string>>;

/** A manifest that makes pods. */
export interface Workload {
  readonly where: string;
  readonly kind: string;
  readonly name: string;
  readonly manifest: Manifest;
  readonly labels: Labels;
  /** What the pod is in the picture of the design: `queue`, `migrate-queue`, `postgresql`. */
  readonly component: string;
  readonly pod: PodSpec;
}

export function whereOf(system: System, manifest: Manifest): string {
  return `${system.name} ${nameOf(manifest)}`;
}

/** All that make pods: Deployments, StatefulSets and Jobs. */
export function workloadsOf(system: System): Workload[] {
  return system.manifests.flatMap((manifest) =>
    objectsAt(manifest, 'spec.template').map((template) => {
      const labels = labelsOf(template);
      return {
        where: whereOf(system, manifest),
        kind: manifest.kind,
        name: manifest.metadata.name,
        manifest,
        labels,
        component: labels['app.kubernetes.io/component'] ?? '',
        pod: template['spec'] as unknown as PodSpec,
      };
    }),
  );
}

/** The manifests of a kind, as what the types of Kubernetes say of it. */
export function ofKind<T>(
  system: System,
  kind: string,
): { readonly where: string; readonly name: string; readonly value: T }[] {
  return system.manifests
    .filter((manifest) => manifest.kind === kind)
    .map((manifest) => ({
      where: whereOf(system, manifest),
      name: manifest.metadata.name,
      value: manifest as unknown as T,
    }));
}

/** Each container of each workload, and where it is. */
export function containersOf(system: System): { where: string; workload: Workload; container: Container }[] {
  return workloadsOf(system).flatMap((workload) =>
    [...(workload.pod.initContainers ?? []), ...workload.pod.containers].map((container) => ({
      where: `${workload.where} container ${container.name}`,
      workload,
      container,
    })),
  );
}

function labelsOf(template: JsonObject): Labels {
  const [labels = {}] = objectsAt(template, 'metadata.labels');
  return labels as Labels;
}
