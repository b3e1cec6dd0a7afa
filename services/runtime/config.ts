import { inspect } from 'node:util';

import { programFaults, programSpec } from './program-config.ts';
import type { Variable } from './variable.ts';

export { env, type Variable } from './variable.ts';

/** Where variables come from: `process.env`, or a plain object in tests. */
export type Environment = Readonly<Record<string, string | undefined>>;

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
  const named = new Set(Object.values(spec).map(({ name }) => name));
  const others = Object.entries<Variable<unknown>>(programSpec).filter(([, { name }]) => !named.has(name));
  const ofProgram = { ...values, ...Object.fromEntries(others.map(read)) } as unknown as InferConfig<
    typeof programSpec
  >;
  if (faults.length === 0) faults.push(...programFaults(ofProgram), ...(check?.(values) ?? []));
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
