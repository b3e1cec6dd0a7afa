import { create } from '@bufbuild/protobuf';
import { durationFromMs, durationMs, type Duration, type FieldMask } from '@bufbuild/protobuf/wkt';
import { PolicySchema, type Policy } from '@boxoffice/proto/queue';
import { refuse, type FieldViolation } from '@boxoffice/runtime/error';

/** The policy of a queue as its table has it; times in whole milliseconds, a limit of 0 does not limit. */
export interface PolicyRow {
  readonly max_active: number;
  readonly admit_count: number;
  readonly admit_interval_ms: number;
  readonly active_ttl_ms: number;
  readonly presence_ttl_ms: number;
  readonly max_waiting: number;
  readonly max_per_address: number;
}

/** The values of a policy in the order of {@link PolicyRow}, as statements take them. */
export type PolicyValues = [number, number, number, number, number, number, number];

/** A policy as the values of a statement. */
export function policyValues(row: PolicyRow): PolicyValues {
  const { max_active, admit_count, admit_interval_ms, active_ttl_ms, presence_ttl_ms } = row;
  return [
    max_active,
    admit_count,
    admit_interval_ms,
    active_ttl_ms,
    presence_ttl_ms,
    row.max_waiting,
    row.max_per_address,
  ];
}

/** The policy of a queue that is opened without one. */
export const defaultPolicy: PolicyRow = {
  max_active: 100,
  admit_count: 0,
  admit_interval_ms: 0,
  active_ttl_ms: 300_000,
  presence_ttl_ms: 120_000,
  max_waiting: 0,
  max_per_address: 0,
};

const fieldNames = [
  'max_active',
  'admit_count',
  'admit_interval',
  'active_ttl',
  'presence_ttl',
  'max_waiting',
  'max_per_address',
] as const;
type FieldName = (typeof fieldNames)[number];

/** A policy as the contract has it. */
export function policyMessage(row: PolicyRow): Policy {
  return create(PolicySchema, {
    maxActive: row.max_active,
    admitCount: row.admit_count,
    admitInterval: durationFromMs(row.admit_interval_ms),
    activeTtl: durationFromMs(row.active_ttl_ms),
    presenceTtl: durationFromMs(row.presence_ttl_ms),
    maxWaiting: row.max_waiting,
    maxPerAddress: row.max_per_address,
  });
}

/**
 * A policy as the table has it.
 *
 * @throws ServiceError REQUEST_INVALID when a part is missing that has no default.
 */
export function policyRow(policy: Policy): PolicyRow {
  return checked({
    max_active: policy.maxActive,
    admit_count: policy.admitCount,
    admit_interval_ms: wholeMs(policy.admitInterval),
    active_ttl_ms: wholeMs(policy.activeTtl),
    presence_ttl_ms: wholeMs(policy.presenceTtl),
    max_waiting: policy.maxWaiting,
    max_per_address: policy.maxPerAddress,
  });
}

/**
 * A policy with the named fields of another; all of them without a mask.
 *
 * @throws ServiceError REQUEST_INVALID for a field that does not exist, and for a policy that makes no sense as a whole.
 */
export function mergedPolicy(current: PolicyRow, policy: Policy, mask: FieldMask | undefined): PolicyRow {
  if (mask === undefined) return policyRow(policy);
  const unknown = mask.paths.filter((path) => !isFieldName(path));
  if (unknown.length > 0) {
    throw invalid(unknown.map((path) => ({ field: 'policy', description: `a policy has no "${path}"` })));
  }
  const takes = (name: FieldName): boolean => mask.paths.includes(name);
  return checked({
    max_active: takes('max_active') ? policy.maxActive : current.max_active,
    admit_count: takes('admit_count') ? policy.admitCount : current.admit_count,
    admit_interval_ms: takes('admit_interval') ? wholeMs(policy.admitInterval) : current.admit_interval_ms,
    active_ttl_ms: takes('active_ttl') ? wholeMs(policy.activeTtl) : current.active_ttl_ms,
    presence_ttl_ms: takes('presence_ttl') ? wholeMs(policy.presenceTtl) : current.presence_ttl_ms,
    max_waiting: takes('max_waiting') ? policy.maxWaiting : current.max_waiting,
    max_per_address: takes('max_per_address') ? policy.maxPerAddress : current.max_per_address,
  });
}

/** Tells whether two policies say the same. */
export function samePolicy(a: PolicyRow, b: PolicyRow): boolean {
  return (
    a.max_active === b.max_active &&
    a.admit_count === b.admit_count &&
    a.admit_interval_ms === b.admit_interval_ms &&
    a.active_ttl_ms === b.active_ttl_ms &&
    a.presence_ttl_ms === b.presence_ttl_ms &&
    a.max_waiting === b.max_waiting &&
    a.max_per_address === b.max_per_address
  );
}

function checked(policy: PolicyRow): PolicyRow {
  const violations: FieldViolation[] = [];
  if (policy.active_ttl_ms === 0) {
    violations.push({
      field: 'policy.active_ttl',
      description: 'must be longer than 0: an admitted ticket has to end',
    });
  }
  if (policy.admit_count > 0 && policy.admit_interval_ms === 0) {
    violations.push({ field: 'policy.admit_interval', description: 'must be set where admit_count is' });
  }
  if (violations.length > 0) throw invalid(violations);
  return policy;
}

function invalid(violations: readonly FieldViolation[]): Error {
  return refuse('REQUEST_INVALID', 'the policy makes no sense', { violations });
}

/** Rounded up, so that the shortest time is not none. */
function wholeMs(duration: Duration | undefined): number {
  return duration === undefined ? 0 : Math.ceil(durationMs(duration));
}

function isFieldName(path: string): path is FieldName {
  return fieldNames.some((name) => name === path);
}
