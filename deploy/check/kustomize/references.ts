import { nameSuffix } from './hash.ts';
import { nameOf, objectsAt, type Manifest } from './manifest.ts';

/** Where pods name ConfigMaps and Secrets. */
const places = [
  { kind: 'ConfigMap', path: 'containers.*.envFrom.*.configMapRef', field: 'name' },
  { kind: 'ConfigMap', path: 'containers.*.env.*.valueFrom.configMapKeyRef', field: 'name' },
  { kind: 'ConfigMap', path: 'volumes.*.configMap', field: 'name' },
  { kind: 'ConfigMap', path: 'volumes.*.projected.sources.*.configMap', field: 'name' },
  { kind: 'Secret', path: 'containers.*.envFrom.*.secretRef', field: 'name' },
  { kind: 'Secret', path: 'containers.*.env.*.valueFrom.secretKeyRef', field: 'name' },
  { kind: 'Secret', path: 'volumes.*.secret', field: 'secretName' },
  { kind: 'Secret', path: 'volumes.*.projected.sources.*.secret', field: 'name' },
];

/** Gives what was generated its name with a hash, and tells all pods that use it. */
export function nameByContent(manifests: readonly Manifest[], generated: ReadonlySet<Manifest>): void {
  const names = new Map<string, string>();
  for (const manifest of generated) {
    const old = nameOf(manifest);
    manifest.metadata.name += `-${nameSuffix(manifest)}`;
    names.set(old, manifest.metadata.name);
  }
  for (const pod of manifests.flatMap((manifest) => objectsAt(manifest, 'spec.template.spec'))) {
    for (const { kind, path, field } of places) {
      for (const reference of objectsAt(pod, path)) {
        const old = reference[field];
        const name = typeof old === 'string' ? names.get(`${kind}/${old}`) : undefined;
        if (name !== undefined) reference[field] = name;
      }
    }
  }
}
