import { create } from '@bufbuild/protobuf';
import { durationFromMs, type Duration } from '@bufbuild/protobuf/wkt';
import { PolicySchema, type Policy } from '@boxoffice/proto/queue';
import type { Fields } from './fields.ts';

/** A policy, and which of its fields a body gave (their names in the .proto, for a field mask). */
export interface GivenPolicy {
  readonly policy: Policy;
  readonly given: readonly string[];
}

/** Reads the fields of a policy, all optional, over what stands otherwise. */
export function readPolicy(fields: Fields, otherwise: Policy): GivenPolicy {
  const maxActive = fields.integer32('maxActive');
  const admitCount = fields.integer32('admitCount');
  const admitInterval = duration(fields, 'admitIntervalSeconds');
  const activeTtl = duration(fields, 'activeTtlSeconds');
  const presenceTtl = duration(fields, 'presenceTtlSeconds');
  const maxWaiting = fields.integer32('maxWaiting');
  const maxPerAddress = fields.integer32('maxPerAddress');
  const given = Object.entries({
    max_active: maxActive,
    admit_count: admitCount,
    admit_interval: admitInterval,
    active_ttl: activeTtl,
    presence_ttl: presenceTtl,
    max_waiting: maxWaiting,
    max_per_address: maxPerAddress,
  }).flatMap(([name, value]) => (value === undefined ? [] : [name]));
  const policy = create(PolicySchema, {
    maxActive: maxActive ?? otherwise.maxActive,
    admitCount: admitCount ?? otherwise.admitCount,
    ...withDuration('admitInterval', admitInterval ?? otherwise.admitInterval),
    ...withDuration('activeTtl', activeTtl ?? otherwise.activeTtl),
    ...withDuration('presenceTtl', presenceTtl ?? otherwise.presenceTtl),
    maxWaiting: maxWaiting ?? otherwise.maxWaiting,
    maxPerAddress: maxPerAddress ?? otherwise.maxPerAddress,
  });
  return { policy, given };
}

function duration(fields: Fields, name: string): Duration | undefined {
  const seconds = fields.integer32(name);
  return seconds === undefined ? undefined : durationFromMs(seconds * 1_000);
}

function withDuration<N extends string>(name: N, value: Duration | undefined): Partial<Record<N, Duration>> {
  return value === undefined ? {} : ({ [name]: value } as Record<N, Duration>);
}
