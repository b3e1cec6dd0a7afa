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

test(
  'one purchase is one trace',
  async () => {
    await using database = await testDatabase();
    await using collector = await startCollector();
    const traceId = await tracePurchase({ collectorUrl: collector.url, databaseUrl: database.url });
    expect(new Set(collector.spans.map((span) => span.traceId))).toEqual(new Set([traceId]));
    // The one that the purchase began with; all others are below it.
    expect(treeLines(collector.spans).filter((line) => /^ +\d+ +[\d.]+ {2}\w+ +\w/.test(line))).toHaveLength(1);
    const payment = collector.spans.find(({ name }) => name === 'POST /v1/reservations/:id/payment');
    expect(payment).toMatchObject({ program: 'bff', kind: 'server', isFailed: false });
  },
  startTimeoutMs,
);
