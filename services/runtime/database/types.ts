import pg from 'pg';

type Parse = (text: string) => unknown;

const textArrayOid = 1009 as Parameters<typeof pg.types.getTypeParser>[0]; // Their enum names no arrays.
/** Reads an array in PostgreSQL's text form into texts and nulls. */
const texts = pg.types.getTypeParser(textArrayOid) as (text: string) => (string | null)[];
const instant = pg.types.getTypeParser(pg.types.builtins.TIMESTAMPTZ) as Parse;
const bigint: Parse = (value) => BigInt(value);
const text: Parse = (value) => value;
const arrayOf =
  (parse: Parse): Parse =>
  (array) =>
    texts(array).map((element) => (element === null ? null : parse(element)));

/**
 * What differs from pg's own choice, by type oid. A `date` stays text (`2026-12-24`): a day is no instant, and as a Date it
 * moves with the machine's time zone; so does a `timestamp` without a zone, which no table here should have.
 */
const parsers: readonly (readonly [oid: number, parse: Parse])[] = [
  [20, bigint], // int8
  [1016, arrayOf(bigint)],
  [1184, instant], // timestamptz
  [1185, arrayOf(instant)],
  [1082, text], // date
  [1182, arrayOf(text)],
  [1114, text], // timestamp
  [1115, arrayOf(text)],
];

/** Makes the type parsers for one pool; pg's global ones stay as they are. */
export function typeParsers(): pg.CustomTypesConfig {
  return overrides(parsers);
}

/** Those for MikroORM, which wants an int8 as text: it converts those of entities itself, and counts rows with `+count`. */
export function ormTypeParsers(): pg.CustomTypesConfig {
  return overrides(parsers.filter(([, parse]) => parse !== bigint));
}

function overrides(of: typeof parsers): pg.CustomTypesConfig {
  const types = new pg.TypeOverrides();
  for (const [oid, parse] of of) types.setTypeParser(oid, parse);
  return types;
}
