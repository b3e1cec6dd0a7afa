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

test('a tick of a queue with something to do is a trace of its own, with its statements below', async () => {
  const scheduleId = await room.schedule({ maxActive: 3, activeTtl: { nanos: 50_000_000 } });
  await room.join(scheduleId, 5);
  const series = await until(
    () => measured.series(),
    (now) => now.get('boxoffice_queue_tickets_over_total{how="EXPIRED"}') === 5,
  );
  expect(series.get('boxoffice_queue_admitted_total')).toBe(5);
  expect(series.get('boxoffice_queue_wait_seconds_count')).toBe(5);
  const ticks = ended.filter(({ name, attributes }) => {
    return name === 'tick' && attributes['boxoffice.schedule_id'] === String(scheduleId);
  });
  expect(ticks.length).toBeGreaterThan(1);
  expect(ticks.every(({ parentSpanContext }) => parentSpanContext === undefined)).toBe(true);
  const [first] = ticks;
  const below = ended.filter((span) => span.parentSpanContext?.spanId === first?.spanContext().spanId);
  expect(below.map(({ name }) => name)).toContain('admit-tickets');
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
