import { parse } from 'yaml';

import type { NamedText } from './files.ts';
import type { Recorded } from './query-check.ts';

/** A rule of Prometheus, as far as it has the right shape. */
export interface Rule {
  readonly record?: string;
  readonly alert?: string;
  readonly expr: string;
  readonly for?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

interface RuleGroups {
  readonly groups: readonly { readonly rules: readonly Rule[] }[];
}

/** The rules of a file that has the right shape. */
export function rulesOf({ text }: NamedText): Rule[] {
  return (parse(text) as RuleGroups).groups.flatMap(({ rules }) => rules);
}

/** Metrics that recording rules make. They are all about objectives, and sums of everything else. */
export function recordedBy(files: readonly NamedText[]): Recorded {
  const names = files.flatMap(rulesOf).flatMap(({ record }) => (record === undefined ? [] : [record]));
  return new Map(names.map((name) => [name, { objective: 'name of an objective' }]));
}
