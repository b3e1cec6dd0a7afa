import type { DescService } from '@bufbuild/protobuf';
import { expect, test } from '@boxoffice/runtime/testing/tests';
import { access, scopes } from '@boxoffice/proto/access';
import * as inventory from '@boxoffice/proto/inventory';
import * as ledger from '@boxoffice/proto/ledger';
import * as queue from '@boxoffice/proto/queue';

const exported = [queue, inventory, ledger].flatMap((generated): unknown[] => Object.values(generated));
const services = exported.filter(
  (thing): thing is DescService =>
    typeof thing === 'object' && thing !== null && 'kind' in thing && thing.kind === 'service',
);
const rpcs = services.flatMap((service) => service.methods.map((method) => `${service.typeName}/${method.name}`));
const ours = Object.keys(access).filter((rpc) => rpc.startsWith('boxoffice.'));

test('the contract has the services that are promised', () => {
  expect(services.map((service) => service.name).sort()).toEqual([
    'InventoryAdminService',
    'InventoryService',
    'LedgerAdminService',
    'LedgerService',
    'PositionService',
    'QueueAdminService',
    'QueueService',
  ]);
});

test.each(rpcs)('%s is in the access table', (rpc) => {
  expect(access[rpc]).toBeDefined();
  expect(access[rpc]?.length).toBeGreaterThan(0);
});

test('the access table names no RPC that does not exist', () => {
  expect(ours.filter((rpc) => !rpcs.includes(rpc))).toEqual([]);
});

test('nothing of ours is open to everybody', () => {
  expect(ours.filter((rpc) => access[rpc]?.includes('public'))).toEqual([]);
});

test('partners are named by scopes that keys can carry', () => {
  const named = ours
    .flatMap((rpc) => access[rpc] ?? [])
    .filter((caller) => caller.startsWith('partner:'))
    .map((caller) => caller.slice('partner:'.length));
  expect(named.filter((scope) => !(scopes as readonly string[]).includes(scope))).toEqual([]);
});

test('only the worker sweeps, resumes and relays, only the Ledger decides sales', () => {
  expect(access['boxoffice.inventory.v1.InventoryService/SweepExpiredHolds']).toEqual(['service:worker']);
  expect(access['boxoffice.ledger.v1.LedgerService/ResumePayments']).toEqual(['service:worker']);
  expect(access['boxoffice.ledger.v1.LedgerService/RelayOutbox']).toEqual(['service:worker']);
  expect(access['boxoffice.inventory.v1.InventoryService/ConfirmReservation']).toEqual(['service:ledger']);
  expect(access['boxoffice.inventory.v1.InventoryService/RevokeReservation']).toEqual(['service:ledger']);
});
