import { afterAll, beforeAll, describe, expect, test } from '@boxoffice/runtime/testing/tests';
import { newMember, startSystem, type System } from './system.ts';
import { SseReader } from './sse-reader.ts';
import type { Web } from './web.ts';

let system: System;
let web: Web;
beforeAll(async () => {
  system = await startSystem();
  ({ web } = system);
});
afterAll(() => system[Symbol.asyncDispose]());

const events = (scheduleId: number, { url } = web) => `${url}/v1/schedules/${scheduleId}/queue/tickets/me/events`;
const me = (scheduleId: number) => `/v1/schedules/${scheduleId}/queue/tickets/me`;
const pause = (scheduleId: number) => web.admin('POST', `/schedules/${scheduleId}/queue/pause`);
const resume = (scheduleId: number) => web.admin('POST', `/schedules/${scheduleId}/queue/resume`);

/** A queue of one place at a time, and tickets in it: the first has the place. */
async function line(length: number): Promise<{ scheduleId: number; tokens: string[] }> {
  const scheduleId = await web.newSchedule({ queue: { maxActive: 1 } });
  const tokens = [await web.admitted(scheduleId, newMember())];
  while (tokens.length < length) {
    tokens.push(await web.join(scheduleId, newMember()));
  }
  return { scheduleId, tokens };
}

describe('a stream of positions', () => {
  test('falls to admission and ends with the ticket', async () => {
    const { scheduleId, tokens } = await line(4);
    const reader = await SseReader.open(events(scheduleId), { 'queue-token': tokens[3] ?? '' });
    expect(reader.status).toBe(200);
    expect(reader.headers['content-type']).toMatch(/^text\/event-stream/);
    await reader.until(() => reader.events.length > 0);
    expect(reader.last).toMatchObject({ event: 'position', data: { number: 4, status: 'WAITING', ahead: 2 } });
    expect(reader.last?.data).toEqual((await web.get(me(scheduleId), { token: tokens[3] ?? '' })).body);

    for (const token of tokens.slice(0, 3)) {
      await web.delete(me(scheduleId), { token });
    }
    await reader.until(() => reader.last?.data.status === 'ADMITTED');
    expect(reader.last?.data).toMatchObject({ ahead: 0, estimatedWaitSeconds: 0, admittedUntil: expect.any(String) });
    await web.delete(me(scheduleId), { token: tokens[3] ?? '' });
    await reader.until(() => reader.ended);
    expect(reader.last?.data).toMatchObject({ status: 'LEFT', ahead: 0 });

    const ahead = reader.events.map(({ data }) => data.ahead);
    expect(ahead).toEqual([...ahead].sort((a, b) => b - a));
    const revisions = reader.events.map(({ id }) => Number.parseInt(id ?? '', 10));
    expect(revisions).toEqual([...revisions].sort((a, b) => a - b));
  });

  test('takes its token from the address too, where no header can be sent', async () => {
    const { scheduleId, tokens } = await line(2);
    const reader = await SseReader.open(`${events(scheduleId)}?token=${tokens[1]}`);
    await reader.until(() => reader.events.length > 0);
    expect(reader.last?.data.status).toBe('WAITING');
    reader.close();
    expect((await web.get(`${me(scheduleId)}?token=${tokens[1]}`)).status).toBe(401);
  });

  test('does not repeat what its reader has', async () => {
    const { scheduleId, tokens } = await line(3);
    const headers = { 'queue-token': tokens[2] ?? '' };
    const first = await SseReader.open(events(scheduleId), headers);
    await first.until(() => first.events.length > 0);
    first.close();
    const again = await SseReader.open(events(scheduleId), { ...headers, 'last-event-id': first.last?.id ?? '' });
    await web.delete(me(scheduleId), { token: tokens[1] ?? '' });
    await again.until(() => again.events.length > 0);
    expect(again.events[0]?.data).toMatchObject({ status: 'WAITING', ahead: 0 });
    again.close();
    const late = await SseReader.open(events(scheduleId), { ...headers, 'last-event-id': first.last?.id ?? '' });
    await late.until(() => late.events.length > 0);
    expect(late.events[0]?.data).toMatchObject({ status: 'WAITING', ahead: 0 });
    late.close();
  });

  test('tells an end once, and then that there is nothing more', async () => {
    const { scheduleId, tokens } = await line(2);
    const headers = { 'queue-token': tokens[1] ?? '' };
    await web.delete(me(scheduleId), { token: tokens[1] ?? '' });
    const reader = await SseReader.open(events(scheduleId), headers);
    await reader.until(() => reader.ended);
    expect(reader.events.map(({ data }) => data.status)).toEqual(['LEFT']);
    const again = await SseReader.open(events(scheduleId), { ...headers, 'last-event-id': reader.last?.id ?? '' });
    expect(again.status).toBe(204);
  });

  test('sends the newest state four times a second at most', async () => {
    const length = 40;
    const { scheduleId, tokens } = await line(length);
    const reader = await SseReader.open(events(scheduleId), { 'queue-token': tokens.at(-1) ?? '' });
    await reader.until(() => reader.events.length > 0);
    const startedMs = performance.now();
    for (const token of tokens.slice(1, -1)) {
      await web.delete(me(scheduleId), { token });
    }
    await reader.until(() => reader.last?.data.ahead === 0);
    const seconds = (performance.now() - startedMs) / 1_000;
    expect(reader.events.length).toBeLessThanOrEqual(Math.ceil(seconds * 4) + 2);
    reader.close();
  });

  test('tells when nothing can be said about the wait', async () => {
    const scheduleId = await web.newSchedule({ queue: { admitCount: 1, admitIntervalSeconds: 1, maxActive: 0 } });
    await pause(scheduleId);
    const tokens = [];
    for (let count = 0; count < 30; count++) {
      tokens.push(await web.join(scheduleId, newMember()));
    }
    const reader = await SseReader.open(events(scheduleId), { 'queue-token': tokens.at(-1) ?? '' });
    await reader.until(() => reader.events.length > 0);
    expect(reader.last?.data.estimatedWaitSeconds).toBeNull();
    await resume(scheduleId);
    await reader.until(() => (reader.last?.data.estimatedWaitSeconds ?? 0) > 0, 15_000);
    const { ahead, estimatedWaitRange } = reader.last?.data ?? {};
    // One a second: as many seconds as there are ahead at least, and not much more.
    expect(estimatedWaitRange?.minSeconds).toBe(ahead);
    expect(estimatedWaitRange?.maxSeconds).toBeLessThan(1.5 * (Number(ahead) + 1));
    await pause(scheduleId);
    await reader.until(() => reader.last?.data.estimatedWaitSeconds === null);
    expect(reader.last?.data.estimatedWaitRange).toBeNull();
    reader.close();
  });
});

test('who waits is told that the queue is paused, though nobody moved, and that it goes on', async () => {
  const { scheduleId, tokens } = await line(2);
  const headers = { 'queue-token': tokens[1] ?? '' };
  const reader = await SseReader.open(events(scheduleId), headers);
  await reader.until(() => reader.events.length > 0);
  expect(reader.last?.data).not.toHaveProperty('paused');
  await pause(scheduleId);
  await reader.until(() => reader.last?.data.paused === true);
  expect(reader.last?.data).toMatchObject({ status: 'WAITING', ahead: 0 });
  expect((await web.get(me(scheduleId), { token: tokens[1] ?? '' })).body.paused).toBe(true);
  // Whoever is inside is not held up.
  expect((await web.get(me(scheduleId), { token: tokens[0] ?? '' })).body).not.toHaveProperty('paused');
  const joined = await web.post(`/v1/schedules/${scheduleId}/queue/tickets`, { body: { memberId: newMember() } });
  expect(joined.body.paused).toBe(true);
  reader.close();
  await resume(scheduleId);
  // The reader that comes back has what was told before the pause was over, and is told that it is.
  const again = await SseReader.open(events(scheduleId), { ...headers, 'last-event-id': reader.last?.id ?? '' });
  await again.until(() => again.last !== undefined && again.last.data.paused === undefined);
  expect(again.last?.data).toMatchObject({ status: 'WAITING', ahead: 0 });
  again.close();
});

describe('streams', () => {
  test('of one ticket are few, and a closed one makes room', async () => {
    const own = await system.bff({ STREAMS_PER_TICKET_MAX: '2' });
    const { scheduleId, tokens } = await line(2);
    const headers = { 'queue-token': tokens[1] ?? '' };
    const open = () => SseReader.open(events(scheduleId, own), headers);
    const [first, second, third] = [await open(), await open(), await open()];
    expect([first.status, second.status, third.status]).toEqual([200, 200, 429]);
    expect(third.headers['retry-after']).toBeDefined();
    first.close();
    let next = await open();
    while (next.status === 429) {
      next = await open();
    }
    expect(next.status).toBe(200);
    [second, next].forEach((reader) => reader.close());
  });

  test('of one process are limited', async () => {
    const own = await system.bff({ STREAMS_MAX: '1' });
    const { scheduleId, tokens } = await line(3);
    const first = await SseReader.open(events(scheduleId, own), { 'queue-token': tokens[1] ?? '' });
    const second = await SseReader.open(events(scheduleId, own), { 'queue-token': tokens[2] ?? '' });
    expect([first.status, second.status]).toEqual([200, 429]);
    first.close();
  });

  test('end with the process, and are resumed at another one', async () => {
    const own = await system.bff();
    const { scheduleId, tokens } = await line(3);
    const headers = { 'queue-token': tokens[2] ?? '' };
    const reader = await SseReader.open(events(scheduleId, own), headers);
    await reader.until(() => reader.events.length > 0);
    const startedMs = performance.now();
    await own[Symbol.asyncDispose]();
    expect(performance.now() - startedMs).toBeLessThan(2_000);
    await reader.until(() => reader.ended);
    await web.delete(me(scheduleId), { token: tokens[1] ?? '' });
    const resumed = await SseReader.open(events(scheduleId), { ...headers, 'last-event-id': reader.last?.id ?? '' });
    await resumed.until(() => resumed.last?.data.ahead === 0);
    resumed.close();
  });
});

test('who polls or streams is present, who does neither leaves the line', async () => {
  const scheduleId = await web.newSchedule({ queue: { maxActive: 1, presenceTtlSeconds: 2 } });
  const place = await web.admitted(scheduleId, newMember());
  const absent = await web.join(scheduleId, newMember());
  const streaming = await web.join(scheduleId, newMember());
  const polling = await web.join(scheduleId, newMember());
  const reader = await SseReader.open(events(scheduleId), { 'queue-token': streaming });
  await web.until(me(scheduleId), { token: polling }, ({ body }) => body.ahead === 1);
  await reader.until(() => reader.last?.data.ahead === 0);
  expect((await web.get(me(scheduleId), { token: absent })).body.status).toBe('LEFT');
  await web.delete(me(scheduleId), { token: place });
  await reader.until(() => reader.last?.data.status === 'ADMITTED');
  reader.close();
});
