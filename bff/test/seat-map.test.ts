import { create } from '@bufbuild/protobuf';
import { describe, expect, jest, test } from '@boxoffice/runtime/testing/tests';
import { SeatSchema, SeatStatus, WatchSeatsResponseSchema } from '@boxoffice/proto/inventory';
import type { EventStream } from '../http/event-stream.ts';
import type { QueueToken } from '../caller/queue-token.ts';
import { SeatFrames } from '../seat-maps/seat-frames.ts';
import { SeatMap } from '../seat-maps/seat-map.ts';
import { SeatWatcher } from '../seat-maps/seat-watcher.ts';

const { OPEN, HELD, SOLD } = SeatStatus;

const message = (states: Record<number, SeatStatus>, complete = true) =>
  create(WatchSeatsResponseSchema, {
    complete,
    seats: Object.entries(states).map(([id, status]) =>
      create(SeatSchema, { id: BigInt(id), number: Number(id), section: '가', row: 'A', price: 1n, status }),
    ),
  });
const statuses = (map: SeatMap) => map.listing.seats.map(({ status }) => status);

function openMap(states: Record<number, SeatStatus> = { 1: OPEN, 2: OPEN, 3: OPEN }): SeatMap {
  const map = new SeatMap();
  map.begin();
  map.take(message(states));
  return map;
}

describe('a seat map', () => {
  test('is there when the whole list has come, and kept while another one comes', () => {
    const map = new SeatMap();
    map.begin();
    expect(map.take(message({ 1: OPEN }, false))).toBe(false);
    expect([map.version, map.complete]).toEqual([0, false]);
    expect(map.take(message({ 2: HELD }))).toBe(true);
    expect(statuses(map)).toEqual([OPEN, HELD]);
    map.begin();
    map.take(message({ 1: SOLD }, false));
    expect([map.complete, statuses(map)]).toEqual([false, [OPEN, HELD]]);
    map.take(message({ 2: SOLD }));
    expect([map.complete, map.epoch, statuses(map)]).toEqual([true, 2, [SOLD, SOLD]]);
  });

  test('is written once a version, and named by what is in it', () => {
    const map = openMap();
    const { listing } = map;
    expect(map.take(message({}))).toBe(false);
    expect(map.listing.body).toBe(listing.body);
    map.take(message({ 2: HELD }));
    expect(map.listing.etag).not.toBe(listing.etag);
    map.take(message({ 2: OPEN }));
    expect(map.listing.etag).toBe(listing.etag);
    expect(JSON.parse(listing.body.toString())).toHaveLength(3);
  });

  test('shows what was done here at once, whatever the stream says from before it', () => {
    const map = openMap();
    expect(map.note([1n, 2n], HELD)).toBe(true);
    expect(statuses(map)).toEqual([HELD, HELD, OPEN]);
    map.take(message({ 1: OPEN, 3: SOLD }));
    expect(statuses(map)).toEqual([HELD, HELD, SOLD]);
    // Confirmed: from here on the stream is believed.
    map.take(message({ 1: HELD }));
    map.take(message({ 1: OPEN }));
    expect(statuses(map)).toEqual([OPEN, HELD, SOLD]);
  });

  test('shows what was done before its first list has come', () => {
    const map = new SeatMap();
    map.begin();
    expect(map.note([1n], HELD)).toBe(false);
    map.take(message({ 1: OPEN, 2: OPEN }));
    expect(statuses(map)).toEqual([HELD, OPEN]);
  });

  test('is corrected a second later where the stream does not confirm', () => {
    const map = openMap();
    map.note([1n], HELD);
    const now = performance.now();
    const clock = jest.spyOn(performance, 'now').mockReturnValue(now + 2_000);
    expect(map.take(message({}))).toBe(true);
    clock.mockRestore();
    expect(statuses(map)).toEqual([OPEN, OPEN, OPEN]);
  });
});

test('a slow reader is sent the newest state of each seat, not a backlog', () => {
  const map = openMap();
  const frames = new SeatFrames(map);
  const sent: string[] = [];
  const stream = { ready: true, sendFrame: (frame: Buffer) => sent.push(frame.toString()) };
  const watcher = new SeatWatcher({} as QueueToken, stream as unknown as EventStream);
  const seen = () =>
    sent.splice(0).map((frame) => {
      const [event, data = ''] = frame.split('\n');
      const seats = JSON.parse(data.slice('data: '.length)) as { id: number; status: string }[];
      return [event, ...seats.map(({ id, status }) => `${id} ${status}`)];
    });
  watcher.show(map, frames);
  expect(seen()).toEqual([['event: map', '1 OPEN', '2 OPEN', '3 OPEN']]);

  stream.ready = false;
  for (const status of [HELD, OPEN, HELD, SOLD]) {
    map.take(message({ 2: status }));
    expect(watcher.show(map, frames)).toBe(false);
  }
  stream.ready = true;
  expect(watcher.show(map, frames)).toBe(true);
  expect(seen()).toEqual([['event: change', '2 SOLD']]);
  watcher.show(map, frames);
  expect(seen()).toEqual([]);

  // A list that starts over is told as a whole.
  map.begin();
  map.take(message({ 1: HELD, 2: SOLD, 3: OPEN }));
  watcher.show(map, frames);
  expect(seen()).toEqual([['event: map', '1 HELD', '2 SOLD', '3 OPEN']]);
});
