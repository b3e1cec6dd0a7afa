import { expect, test } from '@boxoffice/runtime/testing/tests';
import { en } from '../../web/buyer/words/en.ts';
import { ko } from '../../web/buyer/words/ko.ts';
import { clockTime, formatsOf } from '../../web/formats.ts';

test.each([
  [0, '0:00'],
  [-5, '0:00'],
  [0.2, '0:01'],
  [59.5, '1:00'],
  [299, '4:59'],
  [3_600, '1:00:00'],
  [36_061, '10:01:01'],
])('%d seconds are told as %s', (seconds, text) => {
  expect(clockTime(seconds)).toBe(text);
});

test.each([
  [0, 20, 'less than a minute', '1분 이내'],
  [61, 118, '1–2 minutes', '1~2분'],
  [170, 290, '2–5 minutes', '2~5분'],
  [180, 180, 'about 3 minutes', '약 3분'],
  [1_500, 2_700, '25–45 minutes', '25~45분'],
  [2_880, 7_000, '45 minutes to 2 hours', '45분~2시간'],
  [5_400, 9_000, '1.5–2.5 hours', '1.5~2.5시간'],
  [20_000, 40_000, '5–12 hours', '5~12시간'],
])('a wait of %d to %d seconds is said as a person would: %s', (min, max, english, korean) => {
  expect(en.wait(min, max)).toBe(english);
  expect(ko.wait(min, max)).toBe(korean);
});

test('money is whole won, and days are Korean wherever the browser is', () => {
  expect(formatsOf('en').money(99_000, 'KRW')).toBe('₩99,000');
  expect(formatsOf('ko').money(99_000, 'KRW')).toBe('₩99,000');
  expect(formatsOf('en').day('2026-12-24')).toBe('Thu, 24 December 2026');
  expect(formatsOf('ko').day('2026-12-24')).toContain('2026년 12월 24일');
  // 23:30 in Berlin is the next day in Seoul.
  expect(formatsOf('en').moment('2026-12-24T22:30:00Z')).toBe('25 Dec 2026, 07:30');
});
