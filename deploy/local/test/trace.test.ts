import { testDatabase } from '@boxoffice/runtime/testing/database';
import { expect, test } from '@boxoffice/runtime/testing/tests';

import { startCollector } from '../trace/collector.ts';
import { tracePurchase } from '../trace/run.ts';
import type { Span } from '../trace/span.ts';
import { treeLines } from '../trace/tree.ts';
import { startTimeoutMs } from './running-system.ts';

test('a trace is drawn as a tree, in the order in which its parts began', () => {
  const span = (id: string, parentId: string | undefined, startMs: number, more: Partial<Span> = {}): Span => ({
    ...{ traceId: 'one', id, parentId, program: 'bff', name: `span ${id}`, kind: 'internal', isFailed: false },
    startNs: BigInt(startMs) * 1_000_000n,
    endNs: BigInt(startMs + 1) * 1_000_000n + 500_000n,
    ...more,
  });
  const spans = [
    span('c', 'a', 7, { kind: 'client', isFailed: true }),
    span('b', 'a', 6),
    span('d', 'b', 6, { program: 'queue' }),
    span('a', undefined, 5),
    span('lost', 'nowhere', 9),
  ];
  expect(treeLines(spans)).toEqual([
    'start ms  took ms  program',
    '       0      1.5  bff       span a',
    '       1      1.5  bff       ├─ span b',
    '       1      1.5  queue     │  └─ span d',
    '       2      1.5  bff       └─ → span c (failed)',
    '       4      1.5  bff       span lost',
  ]);
});

/** The spans from the first one of the trace to one of a name. */
function hopsTo(spans: readonly Span[], name: string): string[] {
  const hops: Span[] = [];
  for (
    let span = spans.find((one) => one.name === name);
    span !== undefined;
    span = spans.find(({ id }) => id === hops[0]?.parentId)
  ) {
    hops.unshift(span);
  }
  return hops.map(({ program, name: what }) => `${program}: ${what}`);
}

test(
  'one purchase is one trace, down to the statements of each service',
  async () => {
    await using database = await testDatabase();
    await using collector = await startCollector();
    const traceId = await tracePurchase({ collectorUrl: collector.url, databaseUrl: database.url });
    expect(new Set(collector.spans.map((span) => span.traceId))).toEqual(new Set([traceId]));
    // The one that the purchase began with; all others are below it.
    expect(treeLines(collector.spans).filter((line) => /^ +\d+ +[\d.]+ {2}\w+ +\w/.test(line))).toHaveLength(1);
    expect(hopsTo(collector.spans, 'complete-tickets')).toEqual([
      'buyer: a purchase',
      'buyer: POST /v1/reservations/2/payment',
      'bff: POST /v1/reservations/:id/payment',
      'bff: boxoffice.ledger.v1.LedgerService/Pay',
      'ledger: boxoffice.ledger.v1.LedgerService/Pay',
      'ledger: boxoffice.queue.v1.QueueService/Complete',
      'queue: boxoffice.queue.v1.QueueService/Complete',
      'queue: complete-tickets',
    ]);
    expect(hopsTo(collector.spans, 'sell-reservation').slice(4)).toEqual([
      'ledger: boxoffice.ledger.v1.LedgerService/Pay',
      'ledger: boxoffice.inventory.v1.InventoryService/ConfirmReservation',
      'inventory: boxoffice.inventory.v1.InventoryService/ConfirmReservation',
      'inventory: sell-reservation',
    ]);
    expect(hopsTo(collector.spans, 'join-queue').slice(1)).toEqual([
      'buyer: POST /v1/schedules/2/queue/tickets',
      'bff: POST /v1/schedules/:id/queue/tickets',
      'bff: boxoffice.queue.v1.QueueService/JoinGroup',
      'queue: boxoffice.queue.v1.QueueService/JoinGroup',
      'queue: join-queue',
    ]);
  },
  startTimeoutMs,
);
