import type { ConfigMap, Container } from 'kubernetes-types/core/v1.js';

import { ofKind, type System } from './system.ts';

/** A variable that a container gets: a value, or where the cluster takes it from. */
export interface Given {
  readonly value: string | undefined;
  readonly secret?: { readonly name: string; readonly key: string; readonly optional: boolean };
}

/** All variables of a container: those of its ConfigMaps first, since `env` goes above them. */
export function environmentOf(system: System, { envFrom = [], env = [] }: Container): Map<string, Given> {
  const configMaps = ofKind<ConfigMap>(system, 'ConfigMap');
  const given = new Map<string, Given>();
  for (const { configMapRef } of envFrom) {
    const found = configMaps.find(({ name }) => name === configMapRef?.name);
    for (const [name, value] of Object.entries(found?.value.data ?? {})) given.set(name, { value });
  }
  for (const { name, value, valueFrom } of env) {
    const reference = valueFrom?.secretKeyRef;
    if (reference === undefined) given.set(name, { value });
    else {
      const { name: secret = '', key, optional = false } = reference;
      given.set(name, { value: undefined, secret: { name: secret, key, optional } });
    }
  }
  return given;
}
