import { expect, test } from '@boxoffice/runtime/testing/tests';
import { statuses } from '../../http/problem.ts';
import { en } from '../../web/buyer/words/en.ts';
import { ko } from '../../web/buyer/words/ko.ts';

// What only programs, operators, or a fault of the page itself can meet.
const neverMet: ReadonlySet<string> = new Set([
  ...['KEY_MISSING', 'KEY_INVALID', 'CALLER_NOT_ALLOWED', 'CURSOR_INVALID', 'CURSOR_EXPIRED', 'QUEUE_EXISTS'],
  ...['REQUEST_INVALID', 'ROUTE_UNKNOWN', 'METHOD_NOT_ALLOWED', 'NOT_HTTP', 'REQUEST_TOO_SLOW', 'BODY_TOO_LARGE'],
  ...['CONTENT_UNSUPPORTED', 'HEADERS_TOO_LARGE'],
]);

test('every refusal that a buyer can meet has words in both languages', () => {
  const met = Object.keys(statuses).filter((reason) => !neverMet.has(reason));
  expect(met.length).toBeGreaterThan(35);
  for (const { refusals } of [en, ko]) {
    expect(met.filter((reason) => !Object.hasOwn(refusals, reason))).toEqual([]);
  }
});
