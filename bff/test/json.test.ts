import { describe, expect, test } from '@boxoffice/runtime/testing/tests';
import { jsonInteger, parseJson } from '../request/json.ts';

describe('parseJson', () => {
  test('keeps every digit of a whole number', () => {
    expect(parseJson('[0, -1, 9007199254740993, 9223372036854775807]')).toEqual([
      0n,
      -1n,
      9007199254740993n,
      9223372036854775807n,
    ]);
  });

  test('tells what is not written as a whole number from what is', () => {
    expect(parseJson('{"a": 1.5, "b": 1e3, "c": 1e309, "d": -0, "e": 1.0}')).toEqual({
      a: 1.5,
      b: 1000,
      c: Infinity,
      d: -0,
      e: 1,
    });
  });

  test('does not work on numbers that nothing here could hold', () => {
    expect(parseJson('1'.repeat(400))).toBe(Infinity);
  });

  test('leaves everything else as JSON has it', () => {
    expect(parseJson('{"a": [true, false, null, "1"], "": {}}')).toEqual({ a: [true, false, null, '1'], '': {} });
  });

  test.each(['', '{', '{"a":01}', '[1,]', 'NaN', "{'a':1}"])('refuses %s', (text) => {
    expect(() => parseJson(text)).toThrow(SyntaxError);
  });

  test('refuses what is nested without end', () => {
    const depth = 32_000;
    expect(() => parseJson('['.repeat(depth) + ']'.repeat(depth))).toThrow(SyntaxError);
    expect(() => parseJson('['.repeat(100) + ']'.repeat(100))).not.toThrow();
  });

  test('cannot be used to change what objects inherit', () => {
    const value = parseJson('{"__proto__": {"polluted": true}}');
    expect(Object.keys(value as object)).toEqual(['__proto__']);
    expect('polluted' in {}).toBe(false);
  });
});

describe('jsonInteger', () => {
  test.each([0n, -5n, 9007199254740991n, 9007199254740993n, 9223372036854775807n])('writes %s as a number', (value) => {
    expect(JSON.stringify({ value: jsonInteger(value) })).toBe(`{"value":${value}}`);
  });
});
