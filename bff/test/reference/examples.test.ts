import { afterAll, beforeAll, describe, expect, test } from '@boxoffice/runtime/testing/tests';
import type { Document } from '../../reference/document.ts';
import { operations } from '../../reference/operations/index.ts';
import { startSystem, type System } from '../system.ts';
import type { Answer, Web } from '../web.ts';
import { Checker } from './checker.ts';
import { fuzz, type FuzzReport } from './fuzz.ts';
import { play, stepsOf, type Stage } from './story.ts';

// In the order of a sale: every example of the document, on a system that has seen nothing yet.
const story = [
  'createConcert',
  'updateConcert',
  'createSchedule',
  'createSchedule layout',
  'listConcerts',
  'getConcert',
  'listSchedulesOfConcert',
  'listSchedulesOfDay',
  'getSchedule',
  'openAccount',
  'openAccount again',
  'openAccount anonymous',
  'charge',
  'getBalance',
  'joinQueue',
  'joinQueue again',
  'joinQueue numbered',
  'getTicket',
  'watchTicket',
  'listSeats',
  'watchSeats',
  'holdSeats',
  'holdSeats best',
  'extendHold',
  'getReservation',
  'listReservations',
  'listReservations pending',
  'releaseReservation',
  'payReservation',
  'getPayment',
  'listEntries',
  'refundPayment',
  'giveBack',
  'refundPayment all',
  'leaveQueue',
  'getQueue',
  'listQueues',
  'listQueues open',
  'getLive',
  'findMember',
  'findReservations',
  'findEntries',
  'findReservation',
  'findPayment',
  'changePrice',
  'updatePolicy',
  'pauseQueue',
  'resumeQueue',
  'closeQueue',
  'cancelSchedule',
  'listActions',
  'index',
  'getSession',
  'getDocument',
  'getHealth',
  'getReadiness',
];

const own = operations.filter(({ refusals }) => refusals === undefined);
const steps = stepsOf(own);

let system: System;
let web: Web;
let document: Document;
let checker: Checker;
let stage: Stage;
beforeAll(async () => {
  system = await startSystem({ env: { JOINS_PER_MEMBER: '0' } });
  ({ web } = system);
  document = (await web.get('/openapi.json')).body as unknown as Document;
  checker = new Checker(document);
  const credentials = { operatorKey: system.keys.operator, queueToken: '' };
  stage = { web, checker, credentials, operations: own, me: '/v1/schedules/1/queue/tickets/me' };
});
afterAll(() => system[Symbol.asyncDispose]());

describe('every example of the document', () => {
  test('is in the story', () => {
    expect(steps.filter((step) => !story.includes(step))).toEqual([]);
  });

  test.each(story.filter((step) => steps.includes(step)))('%s', async (step) => {
    await play(stage, step);
  });
});

describe('a refusal', () => {
  const refused: [string, string, string, Parameters<Web['call']>[2], number][] = [
    ['an unknown concert', 'GET', '/v1/concerts/{id}', {}, 404],
    ['no queue token', 'GET', '/v1/schedules/{id}/seats', {}, 401],
    ['no key', 'POST', '/v1/admin/concerts', { body: { name: 'X' } }, 401],
    ['a body of another type', 'POST', '/v1/members', { body: 'x', headers: { 'content-type': 'text/plain' } }, 415],
    ['a body that is too large', 'POST', '/v1/members', { body: { id: 'x'.repeat(70_000) } }, 413],
    ['a page size of none', 'GET', '/v1/members/{id}/entries?pageSize=0', {}, 400],
    ['a charge of nothing', 'POST', '/v1/members/{id}/charges', { body: {} }, 400],
  ];

  test.each(refused)('for %s is as the document says', async (_name, method, path, sent, status) => {
    const answer: Answer = await web.call(method, path.replace('{id}', '987654321'), sent);
    expect(answer.status).toBe(status);
    expect(checker.faults(method, path.split('?')[0] ?? '', answer)).toEqual([]);
  });
});

describe('whatever is sent', () => {
  let report: FuzzReport;
  beforeAll(async () => {
    const scheduleId = await web.newSchedule({ queue: { presenceTtlSeconds: 0 } });
    const queueToken = await web.admitted(scheduleId, 'alice');
    report = await fuzz(document, {
      web,
      checker,
      credentials: { ...stage.credentials, queueToken },
      ids: [1, 2, scheduleId],
    });
  }, 60_000);

  test('is answered as the document says, and never with a failure of ours', () => {
    expect(report.faults).toEqual([]);
  });

  test('reaches every call, with good answers and with refusals', () => {
    expect(report.calls.size).toBe(operations.filter(({ events }) => events === undefined).length);
    expect([...report.statuses.keys()]).toEqual(expect.arrayContaining([200, 201, 400, 401, 404]));
  });
});
