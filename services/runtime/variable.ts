import { readFileSync } from 'node:fs';

import { readTarget } from './grpc/target.ts';

/** A variable: its names, how to read it, and whether its value may be shown. Made by the functions of {@link env}. */
export interface Variable<T> {
  readonly name: string;
  /** Read when `name` is not set. */
  readonly or: string | undefined;
  readonly parse: (text: string) => T;
  /** What it is when neither name is set; none: it has to be set. */
  readonly absent: { readonly value: T } | undefined;
  readonly secret: boolean;
}

interface Presence<T> {
  /** Another variable to read when this one is not set. */
  readonly or?: string;
  readonly default?: T;
  /** Not set and no default: `undefined`. */
  readonly optional?: boolean;
}

interface Range extends Presence<number> {
  readonly min?: number;
  readonly max?: number;
}

type Read<T, O> = O extends { readonly optional: true } ? T | undefined : T;

/** The kinds of variables. A variable that is empty counts as not set. */
export const env = {
  string: <const O extends Presence<string>>(name: string, options?: O) =>
    variable<string, O>(name, (text) => text, options),

  /** Like a string, and never shown. */
  secret: <const O extends Presence<string>>(name: string, options?: O) =>
    variable<string, O>(name, (text) => text, options, true),

  /** The content of the file that the variable names; never shown. */
  file: <const O extends Presence<string>>(name: string, options?: O) =>
    variable<string, O>(name, readText, options, true),

  /** Checked to be one, given as it was; never shown, since it may hold a password. */
  url: <const O extends Presence<string>>(name: string, options?: O) =>
    variable<string, O>(name, parseUrl, options, true),

  integer: <const O extends Range>(name: string, options?: O) =>
    variable<number, O>(name, parseInteger(options), options),

  /** A TCP port; 0 takes a free one. */
  port: <const O extends Presence<number>>(name: string, options?: O) =>
    variable<number, O>(name, parseInteger({ min: 0, max: 65_535 }), options),

  /** `true`, `false`, `1` or `0`. */
  boolean: <const O extends Presence<boolean>>(name: string, options?: O) =>
    variable<boolean, O>(name, parseBoolean, options),

  oneOf: <const T extends string, const O extends Presence<NoInfer<T>>>(
    name: string,
    values: readonly T[],
    options?: O,
  ) => variable<T, O>(name, parseOneOf(values), options),

  /** A number from 0 to 1. */
  share: <const O extends Presence<number>>(name: string, options?: O) =>
    variable<number, O>(name, parseShare, options),

  /** `name=value,name=value`; never shown. */
  pairs: <const O extends Presence<Readonly<Record<string, string>>>>(name: string, options?: O) =>
    variable<Readonly<Record<string, string>>, O>(name, parsePairs, options, true),

  /** Where a gRPC service is: a host with its port, several numeric addresses, or a target with a scheme. */
  target: <const O extends Presence<string>>(name: string, options?: O) =>
    variable<string, O>(name, readTarget, options),

  /** Separated by commas; without empty parts. */
  list: <const O extends Presence<readonly string[]>>(name: string, options?: O) =>
    variable<readonly string[], O>(name, parseList, options),
};

function variable<T, O extends Presence<T>>(
  name: string,
  parse: (text: string) => T,
  options: O | undefined,
  secret = false,
): Variable<Read<T, O>> {
  const { or, default: fallback, optional } = options ?? {};
  const absent = fallback !== undefined || optional ? { value: fallback as Read<T, O> } : undefined;
  return { name, or, parse: parse, absent, secret };
}

/** Says no more than the reason of the system: the path is in the variable, the content is nobody's business. */
function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const code = typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : 'unknown';
    throw new Error(`names a file that cannot be read (${code}): ${path}`, { cause: error });
  }
}

function parseUrl(text: string): string {
  if (!URL.canParse(text)) throw new Error('is not a URL');
  return text;
}

function parseInteger({ min = Number.MIN_SAFE_INTEGER, max = Number.MAX_SAFE_INTEGER }: Range = {}) {
  return (text: string): number => {
    const value = /^-?\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
    if (!(value >= min && value <= max)) throw new Error(`is not an integer from ${min} to ${max}`);
    return value;
  };
}

function parseBoolean(text: string): boolean {
  if (text !== 'true' && text !== '1' && text !== 'false' && text !== '0') throw new Error('is not true or false');
  return text === 'true' || text === '1';
}

function parseOneOf<T extends string>(values: readonly T[]) {
  return (text: string): T => {
    const found = values.find((value) => value === text);
    if (found === undefined) throw new Error(`is not one of ${values.join(', ')}`);
    return found;
  };
}

function parseList(text: string): readonly string[] {
  const parts = text.split(',').map((part) => part.trim());
  return parts.filter((part) => part !== '');
}

function parseShare(text: string): number {
  const value = /^(?:0|1|0?\.\d{1,9}|1\.0{1,9})$/.test(text) ? Number(text) : Number.NaN;
  if (Number.isNaN(value)) throw new Error('is not a number from 0 to 1');
  return value;
}

function parsePairs(text: string): Readonly<Record<string, string>> {
  const pairs = parseList(text).map((part) => {
    const at = part.indexOf('=');
    if (at < 1) throw new Error('is not name=value, separated by commas');
    return [part.slice(0, at).trim(), part.slice(at + 1).trim()] as const;
  });
  return Object.fromEntries(pairs);
}
