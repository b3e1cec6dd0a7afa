import { join } from 'node:path';

import type { Files } from './files.ts';
import { generate } from './generators.ts';
import { parseKustomization } from './kustomization.ts';
import { nameOf, parseManifests, type Manifest } from './manifest.ts';
import { applyPatch } from './patches.ts';
import { nameByContent } from './references.ts';
import { transform } from './transformers.ts';

/** What has been gathered of a build. */
interface Gathered {
  readonly manifests: Manifest[];
  /** Those whose names get a hash in the end. */
  readonly generated: Set<Manifest>;
}

/**
 * Builds a kustomization as `kubectl kustomize` does, as far as our own use it, so that manifests can be checked where there is
 * no kubectl. A test compares the two.
 *
 * @throws Error for whatever is not known here, and for what kustomize refuses, too.
 */
export function buildKustomization(folder: string, files: Files): Manifest[] {
  const gathered: Gathered = { manifests: [], generated: new Set() };
  gather(folder, files, gathered);
  nameByContent(gathered.manifests, gathered.generated);
  return gathered.manifests;
}

/** A kustomization below another is finished before it is added; a component changes what has been gathered before it. */
function gather(folder: string, files: Files, into: Gathered): void {
  const where = join(folder, 'kustomization.yaml');
  const kustomization = parseKustomization(files.read(where), where);
  for (const resource of kustomization.resources ?? []) addResource(join(folder, resource), files, into);
  for (const component of kustomization.components ?? []) gather(join(folder, component), files, into);
  const from = { folder, files };
  for (const generator of kustomization.configMapGenerator ?? []) generate('ConfigMap', generator, into, from);
  for (const generator of kustomization.secretGenerator ?? []) generate('Secret', generator, into, from);
  for (const patch of kustomization.patches ?? []) applyPatch(patch, into.manifests, from);
  transform(into.manifests, kustomization);
}

function addResource(path: string, files: Files, into: Gathered): void {
  const added: Gathered = { manifests: [], generated: new Set() };
  if (files.isFolder(path)) gather(path, files, added);
  else added.manifests.push(...parseManifests(files.read(path), path));
  for (const manifest of added.manifests) {
    if (into.manifests.some((other) => nameOf(other) === nameOf(manifest))) {
      throw new Error(`${path}: ${nameOf(manifest)} is there already`);
    }
    into.manifests.push(manifest);
  }
  for (const manifest of added.generated) into.generated.add(manifest);
}
