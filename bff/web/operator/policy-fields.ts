import type { Policy } from '../answers.ts';

/** The fields of a policy in the order in which they are shown, with their limits. */
export const policyFields = [
  { name: 'maxActive', min: 0, max: 1_000_000 },
  { name: 'admitCount', min: 0, max: 1_000_000 },
  { name: 'admitIntervalSeconds', min: 0, max: 86_400 },
  { name: 'activeTtlSeconds', min: 1, max: 86_400 },
  { name: 'presenceTtlSeconds', min: 0, max: 86_400 },
  { name: 'maxWaiting', min: 0, max: 100_000_000 },
  { name: 'maxPerAddress', min: 0, max: 1_000_000 },
] as const satisfies readonly { readonly name: keyof Policy; readonly min: number; readonly max: number }[];

/** What a queue has that is opened without a policy. */
export const policyDefault: Policy = {
  maxActive: 100,
  admitCount: 0,
  admitIntervalSeconds: 0,
  activeTtlSeconds: 300,
  presenceTtlSeconds: 120,
  maxWaiting: 0,
  maxPerAddress: 0,
};
