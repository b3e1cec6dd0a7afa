import { randomUUID } from 'node:crypto';

import { TracerProvider, type ReadableSpan } from '@opentelemetry/sdk-trace';
import { WaitingRoom } from '@boxoffice/queue/test/waiting-room';
import { Traces } from '@boxoffice/runtime/telemetry/traces';
import { openMeasured, type Measured } from '@boxoffice/runtime/testing/measured';
import { afterAll, beforeAll, expect, test } from '@boxoffice/runtime/testing/tests';

import { startWorker, until } from './stage.ts';

const ended: ReadableSpan[] = [];
const provider = new TracerProvider({
  spanProcessors: [
    {
      onStart: () => undefined,
      onEnd: (span) => void ended.push(span),
      forceFlush: async () => undefined,
      shutdown: async () => undefined,
    },
  ],
});

let measured: Measured;
let room: WaitingRoom;
beforeAll(async () => {
  measured = openMeasured();
  room = await WaitingRoom.open();
  await startWorker(room, {}, { ...measured.telemetry, traces: new Traces(provider, 1) });
});
afterAll(async () => {
  await room[Symbol.asyncDispose]();
  await measured[Symbol.asyncDispose]();
});

test('who is admitted is counted with the wait, and each tick of a queue is a trace', async () => {
  const scheduleId = await room.schedule({ maxActive: 3, activeTtl: { nanos: 50_000_000 } });
  const { token } = await room.queue().join({ scheduleId, memberId: randomUUID() });
  await room.join(scheduleId, 4);
  const series = await until(
    () => measured.series(),
    (now) => now.get('boxoffice_queue_tickets_over_total{how="EXPIRED"}') === 5,
  );
  expect(series.get('boxoffice_queue_admitted_total')).toBe(5);
  expect(series.get('boxoffice_queue_wait_seconds_count')).toBe(5);
  expect(series.get('boxoffice_queue_wait_seconds_sum')).toBeGreaterThan(0);
  expect((await room.ticket(token)).number).toBe(1n);
  const ticks = ended.filter(({ name, attributes }) => {
    return name === 'tick' && attributes['boxoffice.schedule_id'] === String(scheduleId);
  });
  const sum = (key: string): number => ticks.reduce((all, { attributes }) => all + Number(attributes[key]), 0);
  expect([sum('boxoffice.admitted'), sum('boxoffice.expired')]).toEqual([5, 5]);
  expect(ticks.every(({ parentSpanContext }) => parentSpanContext === undefined)).toBe(true);
});

test('loops are measured: what they take, and since when one has failed', async () => {
  const failed = 'boxoffice_worker_loop_failures_total{loop="payments"}';
  // There is no Ledger here.
  const series = await until(
    () => measured.series(),
    (now) => (now.get(failed) ?? 0) > 0,
  );
  expect(series.get('boxoffice_worker_loop_failures_total{loop="admission"}')).toBe(0);
  expect(series.get('boxoffice_worker_loop_duration_seconds_count{loop="admission"}')).toBeGreaterThan(0);
  const since = (loop: string): number =>
    series.get(`boxoffice_worker_loop_last_success_seconds{loop="${loop}"}`) ?? Number.NaN;
  expect(since('payments')).toBeGreaterThan(since('admission'));
});
