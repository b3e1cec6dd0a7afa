import type { LabelSelector } from 'kubernetes-types/meta/v1.js';

import type { Labels } from './system.ts';

/** Whether a selector takes what has these labels. One that says nothing takes everything. */
export function selects({ matchLabels = {}, matchExpressions = [] }: LabelSelector, labels: Labels): boolean {
  const hasLabels = Object.entries(matchLabels).every(([key, value]) => labels[key] === value);
  return (
    hasLabels &&
    matchExpressions.every(({ key, operator, values = [] }) => {
      const value = labels[key];
      if (operator === 'Exists') return value !== undefined;
      if (operator === 'DoesNotExist') return value === undefined;
      const isOneOf = value !== undefined && values.includes(value);
      return operator === 'In' ? isOneOf : !isOneOf;
    })
  );
}
