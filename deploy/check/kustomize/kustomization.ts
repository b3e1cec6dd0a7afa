import { Ajv } from 'ajv';

import { parseYaml } from './manifest.ts';

/** What our kustomizations use of kustomize. Whatever else one has is refused: a build that ignores it would be another one. */
export interface Kustomization {
  kind: 'Kustomization' | 'Component';
  resources?: string[];
  components?: string[];
  namespace?: string;
  labels?: { pairs: Record<string, string>; includeTemplates?: boolean }[];
  images?: { name: string; newName?: string; newTag?: string }[];
  replicas?: { name: string; count: number }[];
  patches?: Patch[];
  configMapGenerator?: Generator[];
  secretGenerator?: Generator[];
}

/** A file with a strategic-merge patch or with JSON 6902 operations. Without a target the patch names what it changes. */
export interface Patch {
  path: string;
  /** Regular expressions for the whole of a kind and of a name. */
  target?: { kind?: string; name?: string };
}

export interface Generator {
  name: string;
  behavior?: 'create' | 'merge';
  literals?: string[];
  /** `path`, or `key=path`. */
  files?: string[];
  /** Files of lines `key=value`. */
  envs?: string[];
}

const text = { type: 'string' };
const texts = { type: 'array', items: text };
const closed = (properties: object, required: string[]) => ({
  type: 'object',
  properties,
  required,
  additionalProperties: false,
});
const list = (properties: object, required: string[]) => ({ type: 'array', items: closed(properties, required) });
const generators = list(
  { name: text, behavior: { enum: ['create', 'merge'] }, literals: texts, files: texts, envs: texts },
  ['name'],
);

const schema = closed(
  {
    apiVersion: { enum: ['kustomize.config.k8s.io/v1beta1', 'kustomize.config.k8s.io/v1alpha1'] },
    kind: { enum: ['Kustomization', 'Component'] },
    resources: texts,
    components: texts,
    namespace: text,
    labels: list({ pairs: { type: 'object', additionalProperties: text }, includeTemplates: { type: 'boolean' } }, [
      'pairs',
    ]),
    images: list({ name: text, newName: text, newTag: text }, ['name']),
    replicas: list({ name: text, count: { type: 'integer' } }, ['name', 'count']),
    patches: list({ path: text, target: closed({ kind: text, name: text }, []) }, ['path']),
    configMapGenerator: generators,
    secretGenerator: generators,
  },
  ['apiVersion', 'kind'],
);

const ajv = new Ajv({ allErrors: true });
const isKustomization = ajv.compile<Kustomization>(schema);

/** @throws Error that names every field which is not known here, or is not right. */
export function parseKustomization(content: string, where: string): Kustomization {
  const [value, ...more] = parseYaml(content, where);
  if (more.length > 0) throw new Error(`${where}: has more than one document`);
  if (isKustomization(value)) return value;
  const faults = (isKustomization.errors ?? []).map(({ instancePath, message, params }) => {
    const field = 'additionalProperty' in params ? ` (${String(params['additionalProperty'])})` : '';
    return `${instancePath || '/'} ${message}${field}`;
  });
  throw new Error(`${where}: ${faults.join('; ')}`);
}
