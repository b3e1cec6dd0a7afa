import { afterAll, beforeAll, describe, expect, test } from '@boxoffice/runtime/testing/tests';
import { dialectA } from '../../dialects/a.ts';
import { dialectC } from '../../dialects/c.ts';
import { dialectE } from '../../dialects/e.ts';
import { createDocument } from '../../reference/document.ts';
import { dialectOperations } from '../../reference/dialects/index.ts';
import { startSystem, type System } from '../system.ts';
import { Checker } from './checker.ts';
import { play, stepsOf, type Stage } from './story.ts';

// In the order of a sale, each dialect with a member and a seat of its own.
const stories = {
  a: [
    'PatchAccountsCharge',
    'GetAccountsMemberIdBalance',
    'GetConcertsConcertIdInfo',
    'PostQueuesToken',
    'GetQueuesWaitingNumber',
    'GetConcertsConcertIdInfoConcertInfoIdSeats',
    'PostConcertsSeats',
    'PatchAccountsPayment',
    'GetConcertsBookingMemberIdInfo',
    'GetConcertsBookingMemberIdInfoBookingId',
  ],
  c: [
    'PostUserCharge',
    'GetUserCheck',
    'PostQueueIssue',
    'GetQueueStatus',
    'GetConcertAvailableDates',
    'GetConcertAvailableSeats',
    'PostReservation',
    'PostPayment',
  ],
  e: [
    'PatchApiBalanceCharge',
    'GetApiBalance',
    'PostApiToken',
    'GetApiConcertIdAvailableDates',
    'GetApiConcertOptionIdAvailableSeats',
    'PostApiReserve',
    'PostApiPay',
  ],
};
const steps = Object.entries(stories).flatMap(([name, calls]) => calls.map((call) => `${name}${call}`));

test('every route of a dialect is documented, and everything documented is a route', () => {
  const routed = [dialectA, dialectC, dialectE].flatMap(({ name, routes }) =>
    routes.map(({ method, path }) => `${method} /${name}${path.replaceAll(/:(\w+)/g, '{$1}')}`),
  );
  expect(dialectOperations.map(({ method, path }) => `${method} ${path}`).sort()).toEqual(routed.sort());
});

let system: System;
let stage: Stage;
beforeAll(async () => {
  system = await startSystem();
  const { web, keys } = system;
  expect(await web.newSchedule({ price: 169_000 })).toBe(1);
  // A member is one before any money comes.
  await Promise.all(['1', '2', '3'].map((member) => web.newMember(member, 0)));
  stage = {
    web,
    checker: new Checker(createDocument(dialectOperations, 'open')),
    operations: dialectOperations,
    credentials: { operatorKey: keys.operator, queueToken: '' },
    me: '/v1/schedules/1/queue/tickets/me',
  };
});
afterAll(() => system[Symbol.asyncDispose]());

describe('every example of a dialect', () => {
  test('is in its story', () => {
    expect([...steps].sort()).toEqual(stepsOf(dialectOperations).sort());
  });

  test.each(steps)('%s', async (step) => {
    await play(stage, step);
  });
});
