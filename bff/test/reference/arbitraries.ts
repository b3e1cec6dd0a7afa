import fc, { type Arbitrary } from 'fast-check';
import type { Schema } from '../../reference/schema.ts';

// As JSON is written, so that numbers stay what they are: around limits, and what is no whole number or none at all.
const oddNumbers = [
  '0',
  '-1',
  '2147483648',
  '9007199254740993',
  '9223372036854775807',
  '9223372036854775808',
  '-9223372036854775809',
  '1e3',
  '1.5',
  '1e400',
  '-0',
  '123456789012345678901234567890',
];
const oddTexts = [
  '',
  ' ',
  '\u0000',
  'a\nb',
  '\u{1f3ab}',
  '가나다',
  '\ud800',
  'é́́',
  '__proto__',
  'constructor',
  "'; drop table x; --",
  '%s%n',
  '../../x',
  '0x10',
  'x'.repeat(64),
  'x'.repeat(65),
  '\u{1f600}'.repeat(64),
];
const oddValues = ['null', 'true', '[]', '{}', '[null]', '{"a":{"b":[1]}}', '"1"', '"NaN"'];

/** JSON texts for a schema: mostly what it asks for, at its limits too, and now and then something else. */
export function jsonFor(schema: Schema, ids: readonly number[]): Arbitrary<string> {
  const wrong = fc.oneof(
    fc.constantFrom(...oddNumbers, ...oddValues),
    fc.constantFrom(...oddTexts).map((text) => JSON.stringify(text)),
    fc.jsonValue({ maxDepth: 2 }).map((value) => JSON.stringify(value)),
  );
  return fc.oneof({ arbitrary: rightFor(schema, ids), weight: 6 }, { arbitrary: wrong, weight: 1 });
}

function rightFor(schema: Schema, ids: readonly number[]): Arbitrary<string> {
  const type = Array.isArray(schema['type']) ? (schema['type'] as string[])[0] : schema['type'];
  switch (type) {
    case 'object':
      return objectFor(schema, ids);
    case 'array':
      return fc
        .array(jsonFor(schema['items'] as Schema, ids), { maxLength: 12 })
        .map((items) => `[${items.join(',')}]`);
    case 'integer':
      return integerFor(schema, ids).map(String);
    default:
      return textFor(schema).map((text) => JSON.stringify(text));
  }
}

function objectFor({ properties = {}, required = [] }: Schema, ids: readonly number[]): Arbitrary<string> {
  const needed = new Set(required as string[]);
  const fields = Object.entries(properties as Record<string, Schema>).map(([name, schema]) =>
    fc
      .tuple(jsonFor(schema, ids), fc.double({ min: 0, max: 1, noNaN: true }))
      .map(([value, luck]) => (luck < (needed.has(name) ? 0.95 : 0.5) ? [`${JSON.stringify(name)}:${value}`] : [])),
  );
  return fc.tuple(...fields).map((given) => `{${given.flat().join(',')}}`);
}

/** Whole numbers for a schema: its limits and beyond, and ids that there are. */
export function integerFor({ minimum = 0, maximum = 1_000 }: Schema, ids: readonly number[]): Arbitrary<number> {
  const [min, max] = [Number(minimum), Number(maximum)];
  return fc.oneof(
    { arbitrary: fc.constantFrom(...ids), weight: 4 },
    { arbitrary: fc.integer({ min: Math.max(min, -1_000), max: Math.min(max, 1_000) }), weight: 2 },
    { arbitrary: fc.constantFrom(min, max, min - 1, max + 1), weight: 1 },
  );
}

/** Texts for a schema: of its names, its form, its length, and odd ones. */
export function textFor(schema: Schema): Arbitrary<string> {
  const { format, enum: names, minLength = 0, maxLength = 80 } = schema;
  const odd = { arbitrary: fc.constantFrom(...oddTexts), weight: 2 };
  if (Array.isArray(names)) {
    return fc.oneof({ arbitrary: fc.constantFrom(...(names as string[])), weight: 4 }, odd);
  }
  if (format === 'uuid') {
    return fc.oneof({ arbitrary: fc.uuid(), weight: 4 }, odd);
  }
  if (format === 'date-time') {
    const dates = fc.date({ min: new Date('2000-01-01'), max: new Date('2200-01-01'), noInvalidDate: true });
    return fc.oneof({ arbitrary: dates.map((date) => date.toISOString()), weight: 4 }, odd);
  }
  const days = fc.constantFrom('2099-12-24', '2099-02-30', '0000-01-01', '9999-12-31');
  const lengths = { minLength: Number(minLength), maxLength: Math.min(Number(maxLength), 80) };
  return fc.oneof(
    { arbitrary: fc.constantFrom('alice', '7'), weight: 3 },
    { arbitrary: fc.string(lengths), weight: 2 },
    { arbitrary: fc.string({ ...lengths, unit: 'binary' }), weight: 1 },
    { arbitrary: days, weight: String(schema['pattern']).includes('[0-9]{4}') ? 6 : 1 },
    odd,
  );
}
