import { afterAll, beforeAll, expect, test } from '@boxoffice/runtime/testing/tests';
import { dialectACases } from './a-cases.ts';
import { dialectCCases } from './c-cases.ts';
import { anyText, dataOf, DialectShop, outcome } from './dialect-shop.ts';
import { dialectECases } from './e-cases.ts';

let shop: DialectShop;
beforeAll(async () => {
  shop = await DialectShop.open();
});
afterAll(() => shop[Symbol.asyncDispose]());

// First, while there are no other queues.
test('a queue need not be named while it is the only one that is open', async () => {
  const issue = { body: { userId: 7 } };
  const isRefused = ({ status }: { status: number }): boolean => status === 400;
  const refusals = (why: string): [unknown, unknown] => [
    { success: false, message: `concertScheduleId is required: ${why}` },
    { result: '400', message: `concertOptionId is required: ${why}` },
  ];
  const both = async (): Promise<unknown[]> => [
    (await shop.until('POST /c/queue/issue', issue, isRefused)).body,
    (await shop.ask('POST /e/api/token', issue)).body,
  ];
  expect(await both()).toEqual(refusals('no queue is open'));

  const date = await shop.newDate();
  const issued = await shop.until('POST /c/queue/issue', issue, ({ status }) => status === 200);
  const joined = await shop.web.post(`/v1/schedules/${date.scheduleId}/queue/tickets`, { body: { memberId: '7' } });
  const { token } = joined.body;
  expect(dataOf<{ token: string }>(issued).token).toBe(token);
  expect(dataOf<{ token: string }>(await shop.ask('POST /e/api/token', issue)).token).toBe(token);

  const other = await shop.web.newSchedule({ queue: { opensAt: '2099-12-01T09:00:00Z' } });
  expect(await both()).toEqual(refusals('more than one queue is open'));
  const named = await shop.ask('POST /c/queue/issue', { body: { userId: 7, concertScheduleId: other } });
  expect(outcome(named)).toStrictEqual([200, { success: true, data: { token: anyText, status: 'pending' } }]);

  await shop.web.admin('POST', `/schedules/${other}/queue/close`, { body: {} });
  await shop.until('POST /e/api/token', issue, ({ status }) => status === 200);
});

dialectACases(() => shop);
dialectCCases(() => shop);
dialectECases(() => shop);
