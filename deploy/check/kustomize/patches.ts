import { join } from 'node:path';

import type { Files } from './files.ts';
import { applyOperations, assertOperations } from './json-patch.ts';
import type { Patch } from './kustomization.ts';
import { isObject, parseYaml, type Json, type JsonObject, type Manifest } from './manifest.ts';
import { mergeStrategically } from './strategic-merge.ts';

/** Applies the patch of a file to whatever it is for. @throws Error when that is nothing. */
export function applyPatch(
  { path, target }: Patch,
  manifests: Manifest[],
  { folder, files }: { readonly folder: string; readonly files: Files },
): void {
  const where = join(folder, path);
  const [patch, ...more] = parseYaml(files.read(where), where);
  if (patch === undefined || more.length > 0) throw new Error(`${where}: a patch is one document`);
  const matches = target === undefined ? sameAs(patch) : byTarget(target);
  const found = manifests.filter(matches);
  if (found.length === 0) throw new Error(`${where}: there is nothing to patch`);
  for (const manifest of found) patchOne(manifest, patch, where);
}

function patchOne(manifest: Manifest, patch: Json, where: string): void {
  if (Array.isArray(patch)) {
    assertOperations(patch, where);
    applyOperations(manifest, patch, `${where}: ${manifest.metadata.name}`);
    return;
  }
  if (!isObject(patch)) throw new Error(`${where}: is neither an object nor a list of operations`);
  const { name } = manifest.metadata;
  const merged = mergeStrategically(manifest, patch);
  // A patch with a target has a name of its own, which says nothing.
  Object.assign(manifest, merged, { metadata: { ...(merged['metadata'] as JsonObject), name } });
}

function byTarget({ kind = '.*', name = '.*' }: NonNullable<Patch['target']>): (manifest: Manifest) => boolean {
  const kinds = new RegExp(`^(?:${kind})$`);
  const names = new RegExp(`^(?:${name})$`);
  return (manifest) => kinds.test(manifest.kind) && names.test(manifest.metadata.name);
}

function sameAs(patch: Json): (manifest: Manifest) => boolean {
  const { kind, metadata } = isObject(patch) ? patch : {};
  const name = isObject(metadata) ? metadata['name'] : undefined;
  return (manifest) => manifest.kind === kind && manifest.metadata.name === name;
}
