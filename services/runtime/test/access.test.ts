import { describe, expect, test } from '@boxoffice/runtime/testing/tests';
import { Code, type ConnectError } from '@connectrpc/connect';
import type { Caller } from '@boxoffice/proto/access';
import { createAccessControl, missingFromTable, type AccessTable } from '../access.ts';
import { errorInfoOf, reasonOf, violationsOf } from '../error.ts';
import { onBehalfOf, withKey } from '../grpc/transport.ts';
import { identityOf, type Identity } from '../identity.ts';
import { createKey, createKeyring } from '../keyring.ts';
import { connect, keyring, ProbeService, recordingLog, startProbe } from './grpc-probe.ts';

const { keys } = keyring;
const { read } = ProbeService.method;
const silent = recordingLog('silent').log;

function admit(callers: readonly Caller[], header: Record<string, string>, ring = keyring): Identity | undefined {
  const table = { 'probe.v1.ProbeService/Read': callers };
  return createAccessControl({ keyring: ring, table, log: silent }).admit(read, new Headers(header));
}

function refusalOf(work: () => unknown): ConnectError {
  try {
    work();
  } catch (error) {
    return error as ConnectError;
  }
  throw new Error('nothing was refused');
}

describe('a call without a key, or with an unknown one, is UNAUTHENTICATED', () => {
  test.each([
    ['no key', {}, 'KEY_MISSING'],
    ['an unknown key', withKey(createKey({ kind: 'operator', name: 'operator' }).key), 'KEY_INVALID'],
    ['a key cut short', withKey(keys.bff.slice(0, -1)), 'KEY_INVALID'],
    ['a key of another kind', withKey(keys.bff.replace('service', 'operator')), 'KEY_INVALID'],
    ['two keys', withKey(`${keys.bff}, Bearer ${keys.operator}`), 'KEY_INVALID'],
    ['another scheme', { authorization: `Basic ${keys.bff}` }, 'KEY_INVALID'],
    ['no scheme', { authorization: keys.bff }, 'KEY_INVALID'],
  ])('%s', (_what, header, reason) => {
    const error = refusalOf(() => admit(['service:bff', 'operator'], header));
    expect(error.code).toBe(Code.Unauthenticated);
    expect(reasonOf(error)).toBe(reason);
  });
});

describe('each kind of caller reaches what the table gives it, and nothing else', () => {
  test.each<[keyof typeof keys, Caller, boolean]>([
    ['bff', 'service:bff', true],
    ['worker', 'service:bff', false],
    ['operator', 'operator', true],
    ['bff', 'operator', false],
    ['operator', 'service:bff', false],
    ['acme', 'partner:queue', true],
    ['acme', 'partner:payroll', false],
    ['acme', 'operator', false],
    ['bff', 'partner:queue', false],
    ['operator', 'partner:queue', false],
    ['bff', 'public', true],
    ['acme', 'public', true],
  ])('%s for %s: %s', (name, caller, isAllowed) => {
    const call = () => admit([caller], withKey(keys[name]));
    if (isAllowed) {
      expect(call()).toMatchObject({ name });
      return;
    }
    const error = refusalOf(call);
    expect(error.code).toBe(Code.PermissionDenied);
    expect(errorInfoOf(error)).toMatchObject({
      reason: 'CALLER_NOT_ALLOWED',
      metadata: { method: 'probe.v1.ProbeService/Read' },
    });
  });

  test('a partner whose key lacks the scope is refused', () => {
    const { key, entry } = createKey({ kind: 'partner', name: 'small', scopes: ['inventory'] });
    const ring = { ...keyring, ...createKeyring([entry]) };
    expect(admit(['partner:inventory'], withKey(key), ring)).toMatchObject({ kind: 'partner', partner: 'small' });
    expect(reasonOf(refusalOf(() => admit(['partner:queue'], withKey(key), ring)))).toBe('CALLER_NOT_ALLOWED');
  });
});

describe('whose members a call is about', () => {
  const everybody: readonly Caller[] = ['service:bff', 'operator', 'partner:queue'];

  test('a partner has its own, the others those of the house', () => {
    expect(admit(everybody, withKey(keys.acme))).toMatchObject({ partner: 'acme' });
    expect(admit(everybody, withKey(keys.bff))).toMatchObject({ partner: 'house' });
    expect(admit(everybody, withKey(keys.operator))).toMatchObject({ partner: 'house' });
  });

  test('services and operators act for the members of a partner, a partner never for those of another', () => {
    expect(admit(everybody, { ...withKey(keys.bff), ...onBehalfOf('acme') })).toMatchObject({ partner: 'acme' });
    expect(admit(everybody, { ...withKey(keys.operator), ...onBehalfOf('acme') })).toMatchObject({ partner: 'acme' });
    expect(admit(everybody, { ...withKey(keys.acme), ...onBehalfOf('acme') })).toMatchObject({ partner: 'acme' });
    const error = refusalOf(() => admit(everybody, { ...withKey(keys.acme), ...onBehalfOf('house') }));
    expect(reasonOf(error)).toBe('CALLER_NOT_ALLOWED');
  });

  test('a partner that is not a name is refused', () => {
    const error = refusalOf(() => admit(everybody, { ...withKey(keys.bff), ...onBehalfOf("acme'; --") }));
    expect(reasonOf(error)).toBe('REQUEST_INVALID');
    expect(violationsOf(error)).toMatchObject([{ field: 'boxoffice-partner' }]);
  });
});

test('what is public needs no key, and refuses a wrong one', () => {
  expect(admit(['public'], {})).toBeUndefined();
  expect(reasonOf(refusalOf(() => admit(['public'], withKey('wrong'))))).toBe('KEY_INVALID');
});

test('an RPC that the table does not name is refused to everybody, and loudly', () => {
  const { log, lines } = recordingLog();
  const access = createAccessControl({ keyring, table: {}, log });
  const error = refusalOf(() => access.admit(read, new Headers(withKey(keys.operator))));
  expect(reasonOf(error)).toBe('CALLER_NOT_ALLOWED');
  expect(lines).toMatchObject([{ level: 50, rpc: 'probe.v1.ProbeService/Read' }]);
  // Nor does a table have what every object has.
  const table = Object.create({ 'probe.v1.ProbeService/Read': ['public'] }) as AccessTable;
  expect(missingFromTable([ProbeService], table)).toContain('probe.v1.ProbeService/Read');
});

test('over the wire: refused before the request is read, and the handler knows who calls', async () => {
  const callers: Identity[] = [];
  await using server = await startProbe({
    read(_request, context) {
      callers.push(identityOf(context));
      return {};
    },
  });
  await using acme = connect(server.address, { key: keys.acme });
  await acme.read({});
  expect(callers).toEqual([
    { kind: 'partner', name: 'acme', partner: 'acme', scopes: ['queue', 'inventory', 'ledger'] },
  ]);
  await using worker = connect(server.address, { key: keys.worker });
  await expect(worker.read({ count: -1 })).rejects.toMatchObject({ code: Code.PermissionDenied });
  await expect(worker.watch({})[Symbol.asyncIterator]().next()).rejects.toMatchObject({ code: Code.PermissionDenied });
});

test('a handler that asks who calls where nobody had to say is a fault of ours', async () => {
  await using server = await startProbe({
    say: (_request, context) => ({ value: identityOf(context).name }),
  });
  await using client = connect(server.address);
  expect(await client.say({})).toMatchObject({ value: 'bff' });
  await using stranger = connect(server.address, { key: 'unknown' });
  await expect(stranger.say({})).rejects.toMatchObject({ code: Code.Unauthenticated });
});
