import { afterAll, beforeAll, expect, test } from '@boxoffice/runtime/testing/tests';
import { openMeasured, type Measured } from '@boxoffice/runtime/testing/measured';

import { tick } from '../admission.ts';
import { WaitingRoom } from './waiting-room.ts';

let measured: Measured;
let room: WaitingRoom;
beforeAll(async () => {
  measured = openMeasured();
  room = await WaitingRoom.open(1, measured.telemetry);
});
afterAll(async () => {
  await room[Symbol.asyncDispose]();
  await measured[Symbol.asyncDispose]();
});

const over = (how: string): string => `boxoffice_queue_tickets_over_total{how="${how}"}`;

test('a ticket counts once as given out and once as over, however often its member asks; and lines are measured', async () => {
  const scheduleId = await room.schedule({ maxActive: 2 });
  const closed = await room.schedule();
  await room.join(closed, 1);
  await room.admin().closeQueue({ scheduleId: closed });
  const joined = await room.join(scheduleId, 5);
  await tick(room.pool);
  const [first, second, , fourth] = joined;
  const again = await room.queue().join({ scheduleId, memberId: fourth?.ticket?.memberId ?? '' });
  expect(again.ticket?.number).toBe(4n);
  const { number = 0n, ticketId = '' } = first?.ticket ?? {};
  for (let times = 0; times < 2; times++) {
    await room.queue('ledger').complete({ scheduleId, number, ticketId, paymentId: 7n });
    await room.queue().leave({ token: fourth?.token ?? '' });
  }
  await room.pool.query(
    `update tickets set admitted_until = admitted_at + interval '1 us' where schedule_id = $1 and number = 2`,
    [scheduleId],
  );
  const memberId = second?.ticket?.memberId ?? '';
  expect((await room.queue().join({ scheduleId, memberId })).ticket?.number).toBe(6n);

  const series = await measured.series();
  expect(series.get('boxoffice_queue_joins_total')).toBe(7);
  expect(['COMPLETED', 'EXPIRED', 'LEFT'].map((how) => series.get(over(how)))).toEqual([1, 1, 1]);
  const of = `schedule="${scheduleId}"`;
  expect(series.get(`boxoffice_queue_tickets{${of},state="waiting"}`)).toBe(3);
  expect(series.get(`boxoffice_queue_tickets{${of},state="admitted"}`)).toBe(0);
  expect(series.get(`boxoffice_queue_max_active{${of}}`)).toBe(2);
  expect(series.get(`boxoffice_queue_oldest_waiting_seconds{${of}}`)).toBeGreaterThan(0);
  expect(series.get('boxoffice_queue_waiting')).toBe(3);
  expect([...series.keys()].filter((name) => name.includes(`schedule="${closed}"`))).toEqual([]);
  expect(series.get('boxoffice_events_unordered{schema="queue"}')).toBeGreaterThan(5);
  expect(series.get('boxoffice_events_oldest_unordered_seconds{schema="queue"}')).toBeGreaterThan(0);
});
