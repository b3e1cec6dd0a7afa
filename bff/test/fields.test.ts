import { describe, expect, test } from '@boxoffice/runtime/testing/tests';
import { violationsOf } from '@boxoffice/runtime/error';
import { Fields } from '../request/fields.ts';
import { isJsonObject, parseJson, type JsonObject } from '../request/json.ts';

function bodyOf(text: string): JsonObject {
  const value = parseJson(text);
  if (!isJsonObject(value)) {
    throw new Error('not an object');
  }
  return value;
}

/** What is said to be wrong with a body that is read in some way. */
function faultsOf(text: string, read: (fields: Fields) => unknown): Record<string, string> {
  const fields = new Fields(bodyOf(text));
  read(fields);
  try {
    fields.done();
    return {};
  } catch (error) {
    return Object.fromEntries(violationsOf(error).map(({ field, description }) => [field, description]));
  }
}

describe('whole numbers', () => {
  test.each(['1.5', '"1000"', '1e309', '1e3', '1.0', 'null', 'true', '[1]', '{}'])('%s is none', (text) => {
    expect(faultsOf(`{"amount": ${text}}`, (fields) => fields.integer('amount'))).toEqual({
      amount: 'has to be a whole number',
    });
  });

  test.each([
    ['5000', 5_000n],
    ['5000.00', 5_000n],
    ['9223372036854775807', 2n ** 63n - 1n],
  ])('%s is one where money is meant', (text, amount) => {
    const fields = new Fields(bodyOf(`{"amount": ${text}}`));
    expect(fields.wholeAmount('amount')).toBe(amount);
  });

  test.each(['5000.01', '"5000.00"', '1e300', '9007199254740993.00', 'null'])('%s is none there', (text) => {
    expect(faultsOf(`{"amount": ${text}}`, (fields) => fields.wholeAmount('amount'))).toEqual({
      amount: 'has to be a whole number',
    });
  });

  test('beyond 64 bits are out of range, and beyond 32 bits where that is the limit', () => {
    const outOfRange = { n: 'is out of range' };
    expect(faultsOf('{"n": 9223372036854775808}', (fields) => fields.integer('n'))).toEqual(outOfRange);
    expect(faultsOf('{"n": 2147483648}', (fields) => fields.integer32('n'))).toEqual(outOfRange);
    expect(faultsOf('{"n": 9223372036854775807}', (fields) => fields.integer('n'))).toEqual({});
  });

  test('in lists are told by their place', () => {
    expect(faultsOf('{"seatIds": [1, "2", 3, 4.5]}', (fields) => fields.integers('seatIds'))).toEqual({
      'seatIds[1]': 'has to be a whole number',
      'seatIds[3]': 'has to be a whole number',
    });
    expect(faultsOf('{"seatIds": 5}', (fields) => fields.integers('seatIds'))).toEqual({
      seatIds: 'has to be a list',
    });
  });
});

describe('members', () => {
  test('are texts or whole numbers', () => {
    const read = (text: string) => new Fields(bodyOf(text)).memberId('memberId');
    expect(read('{"memberId": "1"}')).toBe('1');
    expect(read('{"memberId": 1}')).toBe('1');
    expect(read('{}')).toBeUndefined();
  });

  test.each(['1.5', 'null', 'true', '["1"]', '9007199254740993', '"\\ud800"'])('%s is none', (text) => {
    expect(faultsOf(`{"memberId": ${text}}`, (fields) => fields.memberId('memberId'))).toEqual({
      memberId: 'has to be a text',
    });
  });
});

describe('moments', () => {
  test.each(['2026-12-24T20:00:00+09:00', '2026-12-24T11:00:00.5Z'])('%s is one', (text) => {
    expect(new Fields({ at: text }).timestamp('at')).toBeDefined();
  });

  test.each(['2026-12-24', 'tomorrow', '2026-13-24T20:00:00Z', ''])('%s is none', (text) => {
    const fields = new Fields({ at: text });
    fields.timestamp('at');
    expect(() => fields.done()).toThrow('at: has to be a moment');
  });
});

test('a field that nobody asked for is ignored, in nested objects too', () => {
  const faults = faultsOf(
    '{"amount": 5, "more": "x", "queue": {"maxActive": 1, "more": []}, "__proto__": {}}',
    (fields) => {
      fields.integer('amount');
      fields.object('queue')?.integer32('maxActive');
    },
  );
  expect(faults).toEqual({});
});

test('what objects inherit is no field', () => {
  const fields = new Fields({});
  expect(fields.text('toString')).toBeUndefined();
  expect(fields.has('constructor')).toBe(false);
});

test('of a hundred faults sixteen are told', () => {
  const body = Object.fromEntries(Array.from({ length: 100 }, (_, index) => [`f${index}`, 1n]));
  const fields = new Fields(body);
  for (const name of Object.keys(body)) fields.text(name);
  expect.assertions(1);
  try {
    fields.done();
  } catch (error) {
    expect(violationsOf(error)).toHaveLength(16);
  }
});
