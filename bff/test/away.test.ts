import { afterAll, beforeAll, describe, expect, test } from '@boxoffice/runtime/testing/tests';
import { newMember, startSystem, type System } from './system.ts';
import type { Answer, Web } from './web.ts';

let system: System;
let web: Web;
let scheduleId: number;
let token: string;
beforeAll(async () => {
  system = await startSystem();
  ({ web } = system);
  scheduleId = await web.newSchedule({ queue: { maxActive: 1 } });
  await web.admitted(scheduleId, newMember());
  token = await web.join(scheduleId, newMember());
});
afterAll(() => system[Symbol.asyncDispose]());

const outcome = ({ status, headers, body }: Answer) => [status, headers['retry-after'] !== undefined, body.reason];
const away = [503, true, 'DEPENDENCY_UNAVAILABLE'];
const me = () => `/v1/schedules/${scheduleId}/queue/tickets/me`;

// In this order: each test takes another part away.
describe('when parts are away', () => {
  test('none is at first', async () => {
    expect((await web.get('/healthz')).body).toEqual({ status: 'ok' });
    const { status, body } = await web.until('/readyz', {}, (answer) => answer.status === 200);
    expect(status).toBe(200);
    expect(body.parts).toEqual({ bff: 'ok', queue: 'ok', inventory: 'ok', ledger: 'ok', worker: 'ok' });
  });

  test('a key that is not ours is our fault, not the client’s', async () => {
    const own = await system.bff({ SERVICE_KEY: `bo_service_${'x'.repeat(43)}` });
    expect(outcome(await own.get('/v1/concerts'))).toEqual(away);
    expect(outcome(await own.post('/v1/members', { body: { id: '1' } }))).toEqual(away);
    expect(outcome(await own.admin('GET', `/schedules/${scheduleId}/queue`))[0]).toBe(200);
  });

  test('without the Ledger, money is away, and readiness names it', async () => {
    await system.stop('ledger');
    expect(outcome(await web.get('/v1/members/1/balance'))).toEqual(away);
    expect(outcome(await web.post('/v1/members/1/charges', { body: { amount: 1 } }))).toEqual(away);
    expect((await web.post('/v1/members/1/charges', { body: { amount: 0 } })).status).toBe(400);
    const ready = await web.until('/readyz', {}, ({ body }) => body.parts['ledger'] === 'away');
    expect([ready.status, ready.headers['retry-after']]).toEqual([503, '1']);
    expect(ready.body.parts).toMatchObject({ queue: 'ok', inventory: 'ok', worker: 'ok' });
    expect((await web.get('/healthz')).status).toBe(200);
  });

  test('without the worker, positions come from the Queue itself, and are as exact', async () => {
    await system.stop('worker');
    await web.until('/readyz', {}, ({ body }) => body.parts['worker'] === 'away');
    const fresh = await system.bff();
    const { status, body } = await fresh.get(me(), { token });
    expect([status, body.status, body.ahead]).toEqual([200, 'WAITING', 0]);
    const later = await web.join(scheduleId, newMember());
    expect((await fresh.get(me(), { token: later })).body).toMatchObject({ status: 'WAITING', ahead: 1 });
  });

  test('without the Queue, nothing is said rather than something wrong', async () => {
    await system.stop('queue');
    const fresh = await system.bff();
    expect(outcome(await fresh.get(me(), { token }))).toEqual(away);
    expect(outcome(await fresh.get(`${me()}/events`, { token }))).toEqual(away);
    const join = await fresh.post(`/v1/schedules/${scheduleId}/queue/tickets`, { body: { memberId: newMember() } });
    expect(outcome(join)).toEqual(away);
    expect(outcome(await fresh.get(`/v1/schedules/${scheduleId}/seats`, { token }))).toEqual(away);
    expect((await fresh.get('/v1/concerts')).status).toBe(200);
  });

  test('without Inventory, there is no catalogue', async () => {
    await system.stop('inventory');
    expect(outcome(await web.get('/v1/concerts'))).toEqual(away);
    expect((await web.get('/v1/concerts/abc')).status).toBe(400);
  });
});
