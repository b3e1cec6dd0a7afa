import { hash } from 'node:crypto';
import { scopes } from '@boxoffice/proto/access';
import { housePartner, type CallerKind } from '../identity.ts';
import { createKeyring, type Keyring } from '../keyring.ts';

const callers = {
  bff: 'service',
  worker: 'service',
  queue: 'service',
  inventory: 'service',
  ledger: 'service',
  operator: 'operator',
  house: 'partner',
  acme: 'partner',
} as const satisfies Record<string, CallerKind>;

/** Who has a key in a test: each of our services, an operator, and two partners with every scope. */
export type TestCaller = keyof typeof callers;

/** A keyring for tests, with the keys that open it. */
export interface TestKeyring extends Keyring {
  readonly keys: Readonly<Record<TestCaller, string>>;
}

/** A keyring with a key for everybody; the keys are the same in every process, so that programs under test share it. */
export function testKeyring(): TestKeyring {
  const names = Object.keys(callers) as TestCaller[];
  const keys = Object.fromEntries(names.map((name) => [name, testKey(name)])) as Record<TestCaller, string>;
  const entries = names.map((name) => ({
    id: name,
    kind: callers[name],
    name,
    partner: callers[name] === 'partner' ? name : housePartner,
    scopes: callers[name] === 'partner' ? scopes : [],
    hash: hash('sha256', keys[name]),
    createdAt: '2026-01-01T00:00:00.000Z',
  }));
  return { ...createKeyring(entries), keys };
}

function testKey(name: TestCaller): string {
  return `bo_${callers[name]}_${Buffer.from(hash('sha256', `test ${name}`), 'hex').toString('base64url')}`;
}
