import { readFileSync } from 'node:fs';
import { inspect } from 'node:util';

/** Where variables come from: `process.env`, or a plain object in tests. */
export type Environment = Readonly<Record<string, string | undefined>>;

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

export type Spec = Readonly<Record<string, Variable<unknown>>>;

/** The typed config of a spec. */
export type InferConfig<S extends Spec> = { readonly [K in keyof S]: S[K] extends Variable<infer T> ? T : never };

/** What is wrong with the environment, all of it. Holds no secret values. */
export class ConfigError extends Error {
  readonly faults: readonly string[];

  constructor(faults: readonly string[]) {
    super(`The configuration has ${faults.length} fault(s):\n${faults.map((fault) => `- ${fault}`).join('\n')}`);
    this.name = 'ConfigError';
    this.faults = faults;
  }
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

  /** Separated by commas; without empty parts. */
  list: <const O extends Presence<readonly string[]>>(name: string, options?: O) =>
    variable<readonly string[], O>(name, parseList, options),
};

/** Every program reads this one, also when its spec does not name it: see `run`. */
export const logLevel = env.oneOf('LOG_LEVEL', ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'], {
  default: 'info',
});

/**
 * Reads a config. Printing it, by a log or by `JSON.stringify`, shows `[secret]` for what is secret.
 *
 * @param check looks at what several variables say together, and returns faults. Called when each by itself is right.
 * @throws ConfigError with all faults at once.
 */
export function readConfig<const S extends Spec>(
  spec: S,
  environment: Environment,
  check?: (config: InferConfig<S>) => readonly string[],
): InferConfig<S> {
  const faults: string[] = [];
  const read = ([key, one]: [string, Variable<unknown>]): [string, unknown] => [key, readOne(one, environment, faults)];
  const values = Object.fromEntries(Object.entries(spec).map(read)) as InferConfig<S>; // Each key by its own variable.
  if (!Object.values(spec).some(({ name }) => name === logLevel.name)) readOne(logLevel, environment, faults);
  if (faults.length === 0) faults.push(...(check?.(values) ?? []));
  if (faults.length > 0) throw new ConfigError(faults);
  return withoutSecretsInPrint(spec, values);
}

function readOne<T>(
  { name, or, parse, absent, secret }: Variable<T>,
  from: Environment,
  faults: string[],
): T | undefined {
  const source = [name, or].find((candidate) => candidate !== undefined && from[candidate]);
  const text = source === undefined ? undefined : from[source];
  if (source === undefined || text === undefined) {
    if (absent === undefined) faults.push(`${name}${or === undefined ? '' : ` (or ${or})`} is not set`);
    return absent?.value;
  }
  try {
    return parse(text);
  } catch (error) {
    const shown = secret ? '' : `="${text.slice(0, 40)}"`;
    faults.push(`${source}${shown} ${error instanceof Error ? error.message : 'cannot be read'}`);
    return undefined;
  }
}

function withoutSecretsInPrint<T extends object>(spec: Spec, config: T): T {
  const shown = (): object =>
    Object.fromEntries(
      Object.entries(config).map(([key, value]) => [
        key,
        spec[key]?.secret && value !== undefined ? '[secret]' : value,
      ]),
    );
  return Object.defineProperties(config, {
    toJSON: { value: shown },
    [inspect.custom]: { value: shown },
  });
}

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
