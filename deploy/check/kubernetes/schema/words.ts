import type { Finding } from '../../findings.ts';
import { isObject, type Json } from '../../kustomize/manifest.ts';
import type { Placed } from './type-check.ts';

/** Fields that are any text to the types, of which the API server takes some words alone. */
const wordsOfField: Readonly<Record<string, readonly string[]>> = {
  imagePullPolicy: ['Always', 'IfNotPresent', 'Never'],
  pathType: ['Exact', 'Prefix'],
  policyTypes: ['Ingress', 'Egress'],
  protocol: ['TCP', 'UDP'],
  restartPolicy: ['Always', 'OnFailure', 'Never'],
  whenUnsatisfiable: ['DoNotSchedule', 'ScheduleAnyway'],
};

/** Finds words that the API server would not know. */
export function checkWords(placed: readonly Placed[]): Finding[] {
  return placed.flatMap(({ where, manifest }) => look(manifest, where, ''));
}

function look(value: Json, where: string, path: string): Finding[] {
  if (Array.isArray(value)) return value.flatMap((one, index) => look(one, where, `${path}[${index}]`));
  if (!isObject(value)) return [];
  return Object.entries(value).flatMap(([field, one]) => {
    const at = path === '' ? field : `${path}.${field}`;
    const words = wordsOfField[field];
    if (words === undefined) return look(one, where, at);
    const unknown = [one].flat().filter((word) => typeof word !== 'string' || !words.includes(word));
    return unknown.map((word) => ({
      where: `${where} ${at}`,
      what: `${JSON.stringify(word)} is not ${words.join(' or ')}`,
    }));
  });
}
