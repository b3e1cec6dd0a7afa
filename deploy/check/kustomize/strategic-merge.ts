import { isObject, type Json, type JsonObject } from './manifest.ts';

/** Lists that are merged element by element, and the field by which an element is known. Others are replaced as a whole. */
const mergeKeys: Readonly<Record<string, string>> = {
  containers: 'name',
  initContainers: 'name',
  env: 'name',
  volumes: 'name',
  volumeMounts: 'mountPath',
  ports: 'containerPort',
  topologySpreadConstraints: 'topologyKey',
};

/**
 * Merges a strategic-merge patch into an object: objects field by field, lists by their keys, `null` removes a field.
 *
 * @throws Error for directives (`$patch` and its like), which none of ours needs.
 */
export function mergeStrategically(target: JsonObject, patch: JsonObject): JsonObject {
  const merged = { ...target };
  for (const [field, value] of Object.entries(patch)) {
    if (field.startsWith('$')) throw new Error(`a patch with ${field} is not known here`);
    if (value === null) delete merged[field];
    else merged[field] = mergeValue(field, merged[field], value);
  }
  return merged;
}

function mergeValue(field: string, target: Json | undefined, patch: Json): Json {
  if (isObject(patch)) return mergeStrategically(isObject(target) ? target : {}, patch);
  const key = mergeKeys[field];
  if (key === undefined || !Array.isArray(patch) || !Array.isArray(target)) return patch;
  return mergeLists(target.filter(isObject), patch.filter(isObject), key);
}

/** What is new comes first, as kustomize does it. */
function mergeLists(target: readonly JsonObject[], patch: readonly JsonObject[], key: string): JsonObject[] {
  const matching = (one: JsonObject, list: readonly JsonObject[]) => list.find((other) => other[key] === one[key]);
  const added = patch.filter((one) => matching(one, target) === undefined);
  const kept = target.map((one) => mergeStrategically(one, matching(one, patch) ?? {}));
  return [...added, ...kept];
}
