import type { DescMessage, DescMethod, DescMethodStreaming, DescMethodUnary, DescService } from '@bufbuild/protobuf';
import { Code, ConnectError, type Interceptor, type Transport } from '@connectrpc/connect';
import { afterAll, beforeAll, describe, expect, test } from '@boxoffice/runtime/testing/tests';
import { access, scopes } from '@boxoffice/proto/access';
import { InventoryAdminService, InventoryService } from '@boxoffice/proto/inventory';
import { LedgerAdminService, LedgerService } from '@boxoffice/proto/ledger';
import { PositionService, QueueAdminService, QueueService } from '@boxoffice/proto/queue';
import { reasonOf } from '@boxoffice/runtime/error';
import { grpcTransport } from '@boxoffice/runtime/grpc/transport';
import { createKey } from '@boxoffice/runtime/keyring';

import { editEntries } from '../keyring-file.ts';
import { startTestSystem, startTimeoutMs, type TestSystem } from './running-system.ts';

type ServerName = 'queue' | 'inventory' | 'ledger' | 'worker';

const served: readonly (readonly [ServerName, DescService])[] = [
  ['queue', QueueService],
  ['queue', QueueAdminService],
  ['worker', PositionService],
  ['inventory', InventoryService],
  ['inventory', InventoryAdminService],
  ['ledger', LedgerService],
  ['ledger', LedgerAdminService],
];
type Rpc = DescMethodUnary<DescMessage, DescMessage> | DescMethodStreaming<DescMessage, DescMessage>;
const rpcs = served.flatMap(([server, service]) =>
  service.methods.map((method) => ({ server, method, rpc: `${service.typeName}/${method.name}` })),
);

/** Everyone the table can name, and a partner whose key has no scope. */
const callers = [
  'operator',
  ...['queue', 'inventory', 'ledger', 'worker', 'bff'].map((name) => `service:${name}`),
  ...scopes.map((scope) => `partner:${scope}`),
  'partner:',
];

let running: TestSystem;
const keys = new Map<string, string>();
const transports = new Map<string, Transport & AsyncDisposable>();

beforeAll(async () => {
  running = await startTestSystem({ catalogue: false });
  const { system } = running;
  keys.set('operator', system.keys.operator);
  for (const [name, key] of Object.entries(system.keys.services)) keys.set(`service:${name}`, key);
  const made = [...scopes, ''].map((scope) => {
    const { key, entry } = createKey({
      kind: 'partner',
      name: `only-${scope || 'none'}`,
      scopes: scope ? [scope] : [],
    });
    keys.set(`partner:${scope}`, key);
    return entry;
  });
  await editEntries(system.keyringFile, (entries) => [...entries, ...made]);
  await allServersKnow(keys.get('partner:') ?? '');
}, startTimeoutMs);

afterAll(async () => {
  for (const transport of transports.values()) await transport[Symbol.asyncDispose]();
  await running.stop();
});

describe.each(rpcs)('$rpc', ({ server, method, rpc }) => {
  test('refuses who does not say who calls', async () => {
    const refusal = await refusalOf(server, method, undefined);
    expect(refusal.code).toBe(Code.Unauthenticated);
    expect(reasonOf(refusal)).toBe('KEY_MISSING');
  });

  test('refuses a key that nobody has', async () => {
    const refusal = await refusalOf(server, method, `bo_partner_${'A'.repeat(43)}`);
    expect(refusal.code).toBe(Code.Unauthenticated);
    expect(reasonOf(refusal)).toBe('KEY_INVALID');
  });

  test('lets in whom the table names, and nobody else', async () => {
    const allowed: readonly string[] = access[rpc] ?? [];
    for (const caller of callers) {
      const refusal = await refusalOf(server, method, keys.get(caller));
      const shut = refusal.code === Code.PermissionDenied && reasonOf(refusal) === 'CALLER_NOT_ALLOWED';
      expect({ caller, shut }).toEqual({ caller, shut: !allowed.includes(caller) });
    }
  });
});

/** Stands for no key at all. */
const nobody = 'nobody';
const withoutNobody: Interceptor = (next) => (request) => {
  if (request.header.get('authorization') === nobody) request.header.delete('authorization');
  return next(request);
};

/** How an RPC refuses an empty request; every one of them misses something, or answers: `Code.Unknown` stands for that. */
async function refusalOf(server: ServerName, method: Rpc, key: string | undefined): Promise<ConnectError> {
  const transport = transportOf(server);
  const headers = { authorization: key === undefined ? nobody : `Bearer ${key}` };
  try {
    if (isUnary(method)) {
      await transport.unary(method, undefined, 5_000, headers, {});
    } else {
      const { message } = await transport.stream(method, undefined, 5_000, headers, empty());
      await message[Symbol.asyncIterator]().next();
    }
    return new ConnectError('answered', Code.Unknown);
  } catch (error) {
    return ConnectError.from(error);
  }
}

function isUnary(method: DescMethod): method is DescMethodUnary<DescMessage, DescMessage> {
  return method.methodKind === 'unary';
}

async function* empty() {
  yield {};
}

function transportOf(server: ServerName): Transport {
  const open = transports.get(server);
  if (open) return open;
  const transport = grpcTransport({
    address: running.system.addresses[server],
    key: 'none',
    interceptors: [withoutNobody],
  });
  transports.set(server, transport);
  return transport;
}

/** The programs follow the keyring file; a caller that is known but not allowed has arrived everywhere. */
async function allServersKnow(key: string): Promise<void> {
  const deadline = performance.now() + 10_000;
  const probes = [...new Map(rpcs.map(({ server, method }) => [server, method]))];
  for (const [server, method] of probes) {
    while ((await refusalOf(server, method, key)).code !== Code.PermissionDenied) {
      if (performance.now() > deadline) throw new Error(`The ${server} does not take the new keys over`);
    }
  }
}
