import { parseAllDocuments } from 'yaml';

/** A value of JSON. */
export type Json = null | boolean | number | string | Json[] | JsonObject;

export interface JsonObject {
  [field: string]: Json;
}

/** An object of Kubernetes, as far as all of them are alike. */
export interface Manifest extends JsonObject {
  apiVersion: string;
  kind: string;
  metadata: JsonObject & { name: string };
}

/** How findings call it: `Deployment/boxoffice-queue`. */
export function nameOf({ kind, metadata }: Manifest): string {
  return `${kind}/${metadata.name}`;
}

/** @throws Error when a document is not YAML, or not an object with apiVersion, kind and a name. */
export function parseManifests(text: string, where: string): Manifest[] {
  return parseYaml(text, where).map((value) => {
    if (!isManifest(value))
      throw new Error(`${where}: a document is not an object with apiVersion, kind and metadata.name`);
    return value;
  });
}

/**
 * Reads all documents of a file, by YAML 1.1 as Kubernetes does, for which 0440 is octal and `on` is true.
 *
 * @throws Error for what is not YAML; a field that is there twice is not.
 */
export function parseYaml(text: string, where: string): Json[] {
  const documents = parseAllDocuments(text, { version: '1.1' });
  if (!Array.isArray(documents)) return [];
  return documents.flatMap((document) => {
    const [fault] = [...document.errors, ...document.warnings];
    if (fault !== undefined) throw new Error(`${where}: ${fault.message.split('\n')[0]}`);
    const value = document.toJS() as Json;
    return value === null ? [] : [value];
  });
}

function isManifest(value: Json): value is Manifest {
  return (
    isObject(value) &&
    typeof value['apiVersion'] === 'string' &&
    typeof value['kind'] === 'string' &&
    isObject(value['metadata']) &&
    typeof value['metadata']['name'] === 'string'
  );
}

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The objects at a path; `*` stands for each element of a list. Where there is nothing, there are none. */
export function objectsAt(value: Json | undefined, path: string): JsonObject[] {
  let found = [value];
  for (const step of path.split('.')) {
    found = found.flatMap((one) => (step === '*' ? (Array.isArray(one) ? one : []) : isObject(one) ? [one[step]] : []));
  }
  return found.filter(isObject);
}
