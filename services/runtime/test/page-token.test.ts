import { expect, test } from '@boxoffice/runtime/testing/tests';
import fc from 'fast-check';

import { decodePageToken, encodePageToken, type TokenShape } from '../database/page-token.ts';
import { reasonOf, violationsOf } from '../error.ts';

const shape = { at: 'date', id: 'bigint', rank: 'integer', name: 'string', key: 'uuid' } as const satisfies TokenShape;

const place = fc.record({
  at: fc.date({
    noInvalidDate: true,
    min: new Date('0001-01-01T00:00:00Z'),
    max: new Date('9999-12-31T23:59:59.999Z'),
  }),
  id: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  rank: fc.maxSafeInteger(),
  name: fc.string({ maxLength: 40, unit: 'grapheme' }).filter((text) => !text.includes('\0')),
  key: fc.uuid(),
});

function refusalOf(token: string, of: TokenShape, scope?: string): unknown {
  try {
    return decodePageToken(token, of, scope);
  } catch (error) {
    return reasonOf(error);
  }
}

test('a token gives back the place that it was made of', () => {
  fc.assert(
    fc.property(place, fc.string(), (values, scope) => {
      expect(decodePageToken(encodePageToken(values, scope), shape, scope)).toEqual(values);
    }),
  );
});

test('the empty token is the first page', () => {
  expect(decodePageToken('', shape)).toBeUndefined();
});

test('a token tells nothing to who reads it in a URL', () => {
  fc.assert(fc.property(place, (values) => expect(encodePageToken(values)).toMatch(/^[\w-]+$/)));
});

test('what is no token is refused, whatever it is', () => {
  const anything = fc.oneof(
    fc.string(),
    fc.base64String(),
    fc.string({ unit: fc.constantFrom(...'abcdefghijkl-_09') }),
  );
  fc.assert(
    fc.property(
      anything.filter((text) => text !== ''),
      (token) => expect(refusalOf(token, shape)).toBe('PAGE_TOKEN_INVALID'),
    ),
  );
});

test('a token that was cut, extended or changed is refused', () => {
  fc.assert(
    fc.property(place, fc.nat(), fc.constantFrom('cut', 'extend', 'change'), (values, at, how) => {
      const token = encodePageToken(values);
      const index = at % token.length;
      const changed = {
        cut: token.slice(0, index),
        extend: `${token}${token.slice(index)}`,
        change: `${token.slice(0, index)}${token[index] === 'A' ? 'B' : 'A'}${token.slice(index + 1)}`,
      }[how];
      // The last character of base64 may hold bits that count for nothing.
      const same = Buffer.from(changed, 'base64url').equals(Buffer.from(token, 'base64url'));
      if (changed !== '' && !same) expect(refusalOf(changed, shape)).toBe('PAGE_TOKEN_INVALID');
    }),
  );
});

test('a token of another list is refused', () => {
  const token = encodePageToken({ id: 5n }, 'ListSeats:7');
  expect(refusalOf(token, { id: 'bigint' }, 'ListSeats:7')).toEqual({ id: 5n });
  expect(refusalOf(token, { id: 'bigint' }, 'ListSeats:8')).toBe('PAGE_TOKEN_INVALID');
  expect(refusalOf(token, { id: 'bigint' })).toBe('PAGE_TOKEN_INVALID');
  expect(refusalOf(token, { number: 'bigint' }, 'ListSeats:7')).toBe('PAGE_TOKEN_INVALID');
  expect(refusalOf(token, { id: 'bigint', at: 'date' }, 'ListSeats:7')).toBe('PAGE_TOKEN_INVALID');
});

test('a forged token brings no value that PostgreSQL would choke on', () => {
  const forged = [
    [{ id: 2n ** 63n }, 'bigint'],
    [{ id: '1e5' }, 'bigint'],
    [{ id: '' }, 'bigint'],
    [{ id: '9007199254740993' }, 'integer'],
    [{ id: '1.5' }, 'integer'],
    [{ id: 'a\0b' }, 'string'],
    [{ id: 'not a uuid' }, 'uuid'],
    [{ id: 'infinity' }, 'date'],
    [{ id: '2026-99-99T00:00:00.000Z' }, 'date'],
    [{ id: '-271821-04-20T00:00:00.000Z' }, 'date'],
  ] as const;
  for (const [values, kind] of forged) {
    expect([values, refusalOf(encodePageToken(values), { id: kind })]).toEqual([values, 'PAGE_TOKEN_INVALID']);
  }
});

test('a refusal names the field', () => {
  try {
    decodePageToken('nonsense', shape);
  } catch (error) {
    expect(violationsOf(error).map(({ field }) => field)).toEqual(['page_token']);
  }
  expect.assertions(1);
});

test('a place that is too long is a mistake of the server', () => {
  expect(() => encodePageToken({ name: 'x'.repeat(800) })).toThrow('too long');
  expect(refusalOf('A'.repeat(1_025), shape)).toBe('PAGE_TOKEN_INVALID');
});
