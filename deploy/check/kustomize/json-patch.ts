import { isObject, type Json, type JsonObject } from './manifest.ts';

/** An operation of RFC 6902, of those that we use. */
export interface Operation {
  readonly op: 'add' | 'replace' | 'remove';
  readonly path: string;
  readonly value?: Json;
}

const known: readonly Json[] = ['add', 'replace', 'remove'] satisfies Operation['op'][];

/** @throws Error when a list of a patch file is not one of operations that are known here. */
export function assertOperations(value: readonly Json[], where: string): asserts value is Json[] & Operation[] {
  for (const one of value) {
    if (!isObject(one) || !known.includes(one['op'] ?? null) || typeof one['path'] !== 'string') {
      throw new Error(`${where}: an operation is neither add, replace nor remove with a path`);
    }
  }
}

/**
 * Applies operations to an object, in place.
 *
 * @throws Error when a path leads nowhere, as it has to for all but the last step of an `add`.
 */
export function applyOperations(target: JsonObject, operations: readonly Operation[], where: string): void {
  for (const { op, path, value = null } of operations) {
    const steps = path
      .slice(1)
      .split('/')
      .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));
    const last = steps.pop() ?? '';
    const parent = steps.reduce<Json | undefined>((at, step) => childOf(at, step), target);
    if (Array.isArray(parent)) changeList(parent, { op, last, value, where: `${where}: ${path}` });
    else if (isObject(parent) && (op === 'add' || last in parent)) {
      if (op === 'remove') delete parent[last];
      else parent[last] = structuredClone(value);
    } else throw new Error(`${where}: ${op} ${path} leads nowhere`);
  }
}

function childOf(value: Json | undefined, step: string): Json | undefined {
  if (Array.isArray(value)) return value[Number(step)];
  return isObject(value) ? value[step] : undefined;
}

interface Change {
  readonly op: Operation['op'];
  readonly last: string;
  readonly value: Json;
  readonly where: string;
}

function changeList(list: Json[], { op, last, value, where }: Change): void {
  const at = last === '-' ? list.length : Number(last);
  const end = op === 'add' ? list.length : list.length - 1;
  if (!(Number.isInteger(at) && at >= 0 && at <= end)) throw new Error(`${where} leads nowhere`);
  list.splice(at, op === 'add' ? 0 : 1, ...(op === 'remove' ? [] : [structuredClone(value)]));
}
