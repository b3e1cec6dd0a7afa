import { createHash } from 'node:crypto';

import { refuse } from '../error.ts';

/** What the values of a token can be; each reads only what PostgreSQL takes without an error. */
const readers = {
  bigint: (text: string): bigint | undefined =>
    /^-?\d{1,19}$/.test(text) && BigInt.asIntN(64, BigInt(text)) === BigInt(text) ? BigInt(text) : undefined,
  integer: (text: string): number | undefined =>
    /^-?\d{1,16}$/.test(text) && Number.isSafeInteger(Number(text)) ? Number(text) : undefined,
  string: (text: string): string | undefined => (text.includes('\0') ? undefined : text),
  uuid: (text: string): string | undefined =>
    /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/.test(text) ? text : undefined,
  /** To the millisecond: order by a unique column too, or carry the microseconds as a string. */
  date: (text: string): Date | undefined =>
    /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(text) && !Number.isNaN(Date.parse(text))
      ? new Date(text)
      : undefined,
};

type Kind = keyof typeof readers;

/** The values of a token, in their order, as in `{ createdAt: 'date', id: 'bigint' }`. */
export type TokenShape = Readonly<Record<string, Kind>>;

export type TokenValues<S extends TokenShape> = {
  readonly [K in keyof S]: NonNullable<ReturnType<(typeof readers)[S[K]]>>;
};

const tokenLengthMax = 1_024;
const checkBytes = 6;

/**
 * Makes the token of the next page from the place where this one ends: as a rule the values that its last row is ordered by.
 *
 * @param scope what else the list depends on, as the operation and its filter; a token is good for the same scope only.
 * @throws Error when the token would be longer than 1,024 characters.
 */
export function encodePageToken(values: Readonly<Record<string, bigint | number | string | Date>>, scope = ''): string {
  const texts = Object.values(values).map((value) => (value instanceof Date ? value.toISOString() : String(value)));
  const body = Buffer.from(JSON.stringify(texts));
  const token = Buffer.concat([checksum(body, Object.keys(values), scope), body]).toString('base64url');
  if (token.length > tokenLengthMax) throw new Error(`A page token of ${token.length} characters is too long`);
  return token;
}

/**
 * Reads a token; undefined for the empty one, which asks for the first page.
 *
 * The checksum finds what was cut, mixed up or made up by accident. It is no signature: whoever forges a token chooses where
 * a page starts, in a list that they may read anyway. So put only places into a token, and never a right.
 *
 * @throws ServiceError PAGE_TOKEN_INVALID for a token that {@link encodePageToken} has not made of these names and this scope.
 */
export function decodePageToken<const S extends TokenShape>(
  token: string,
  shape: S,
  scope = '',
): TokenValues<S> | undefined {
  if (token === '') return undefined;
  const names = Object.keys(shape);
  const texts = textsOf(token, names, scope);
  const values = names.map((name, index) => readOne(shape[name], texts?.[index]));
  if (texts?.length !== names.length || values.includes(undefined)) {
    const violations = [{ field: 'page_token', description: 'is not the next_page_token of the same list' }];
    throw refuse('PAGE_TOKEN_INVALID', 'the page token is not one of this list', { violations });
  }
  return Object.fromEntries(names.map((name, index) => [name, values[index]])) as TokenValues<S>; // Each by its own reader.
}

function readOne(kind: Kind | undefined, text: string | undefined): unknown {
  return kind === undefined || text === undefined ? undefined : readers[kind](text);
}

function textsOf(token: string, names: readonly string[], scope: string): readonly string[] | undefined {
  if (token.length > tokenLengthMax || !/^[\w-]+$/.test(token)) return undefined;
  const bytes = Buffer.from(token, 'base64url');
  const body = bytes.subarray(checkBytes);
  if (!checksum(body, names, scope).equals(bytes.subarray(0, checkBytes))) return undefined;
  return parseTexts(body.toString());
}

function parseTexts(json: string): readonly string[] | undefined {
  try {
    const value: unknown = JSON.parse(json);
    return Array.isArray(value) && value.every((element) => typeof element === 'string') ? value : undefined;
  } catch {
    return undefined; // Nobody but a forger gets here.
  }
}

function checksum(body: Buffer, names: readonly string[], scope: string): Buffer {
  const head = JSON.stringify([scope, names]);
  return createHash('sha256').update(head).update(body).digest().subarray(0, checkBytes);
}
