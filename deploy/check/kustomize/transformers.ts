import type { Kustomization } from './kustomization.ts';
import { isObject, objectsAt, type JsonObject, type Manifest } from './manifest.ts';

const clusterKinds = new Set(['Namespace', 'PriorityClass']);
const templateKinds = new Set(['Deployment', 'StatefulSet', 'Job']);
const containerPaths = ['spec.template.spec.containers.*', 'spec.template.spec.initContainers.*'];

/** Changes all manifests by what a kustomization says besides patches, in kustomize's order. */
export function transform(manifests: readonly Manifest[], kustomization: Kustomization): void {
  const { namespace, labels = [], replicas = [], images = [] } = kustomization;
  for (const manifest of manifests) {
    if (namespace !== undefined) putInto(manifest, namespace);
    for (const { pairs, includeTemplates = false } of labels) label(manifest, pairs, includeTemplates);
  }
  for (const { name, count } of replicas) scale(manifests, name, count);
  for (const manifest of manifests) {
    for (const container of containerPaths.flatMap((path) => objectsAt(manifest, path))) rename(container, images);
  }
}

function putInto(manifest: Manifest, namespace: string): void {
  if (manifest.kind === 'Namespace') manifest.metadata.name = namespace;
  else if (!clusterKinds.has(manifest.kind)) manifest.metadata['namespace'] = namespace;
}

function label(manifest: Manifest, pairs: Readonly<Record<string, string>>, includeTemplates: boolean): void {
  addLabels(manifest.metadata, pairs);
  if (!includeTemplates || !templateKinds.has(manifest.kind)) return;
  for (const metadata of objectsAt(manifest, 'spec.template.metadata')) addLabels(metadata, pairs);
}

function addLabels(metadata: JsonObject, pairs: Readonly<Record<string, string>>): void {
  metadata['labels'] = { ...(isObject(metadata['labels']) ? metadata['labels'] : {}), ...pairs };
}

function scale(manifests: readonly Manifest[], name: string, count: number): void {
  const found = manifests.filter(
    ({ kind, metadata }) => ['Deployment', 'StatefulSet'].includes(kind) && metadata.name === name,
  );
  if (found.length === 0) throw new Error(`replicas: there is no ${name}`);
  for (const spec of found.flatMap((one) => objectsAt(one, 'spec'))) spec['replicas'] = count;
}

function rename(container: JsonObject, images: NonNullable<Kustomization['images']>): void {
  const image = container['image'];
  if (typeof image !== 'string') return;
  const { name, tag } = splitImage(image);
  const found = images.find((one) => one.name === name);
  if (found === undefined) return;
  const newTag = found.newTag ?? tag;
  container['image'] = `${found.newName ?? name}${newTag === undefined ? '' : `:${newTag}`}`;
}

/** The colon of a port belongs to the name: `localhost:5000/boxoffice:1`. */
export function splitImage(image: string): { name: string; tag: string | undefined } {
  const at = image.lastIndexOf(':');
  if (at <= image.lastIndexOf('/')) return { name: image, tag: undefined };
  return { name: image.slice(0, at), tag: image.slice(at + 1) };
}
