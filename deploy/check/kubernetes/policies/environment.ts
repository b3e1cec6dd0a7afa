import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { ConfigError } from '@boxoffice/runtime/config';

import { environmentOf, type Given } from '../environment-of.ts';
import { programOf, type Program } from '../programs.ts';
import { containersOf, type Policy } from '../system.ts';

const root = join(import.meta.dirname, '../../../..');

/**
 * A program gets the variables that it has and no others. What it needs is set, what it does not need is set or is in its
 * README's table or in that of `deploy/kubernetes`; and with all of them it would start.
 */
export const environment: Policy = (system) =>
  containersOf(system).flatMap(({ where, container }) => {
    const program = programOf(container);
    if (program === undefined) return [];
    const given = environmentOf(system, container);
    return [
      ...unknownVariables(program, given),
      ...undocumentedVariables(program, given),
      ...faultsOfStart(program, given),
    ].map((what) => ({ where: `${where} env`, what }));
  });

function unknownVariables({ name, spec }: Program, given: ReadonlyMap<string, Given>): string[] {
  const known = new Set(Object.values(spec).flatMap((variable) => [variable.name, variable.or]));
  return [...given.keys()].filter((one) => !known.has(one)).map((one) => `${name} has no variable ${one}`);
}

function undocumentedVariables({ spec, readme }: Program, given: ReadonlyMap<string, Given>): string[] {
  const documented = new Set([readme, 'deploy/kubernetes/README.md'].flatMap(variablesInTables));
  return Object.values(spec)
    .filter(({ name, or }) => !given.has(name) && !given.has(or ?? name) && !documented.has(name))
    .map(({ name }) => `${name} is neither set nor in a table of ${readme}`);
}

/** Names in the first column of tables. */
function variablesInTables(path: string): string[] {
  const text = readFileSync(join(root, path), 'utf8');
  const firstCells = text.split('\n').flatMap((line) => /^\| ([^|]*)\|/.exec(line)?.[1] ?? []);
  return firstCells.flatMap((cell) => [...cell.matchAll(/`([A-Z][A-Z0-9_]+)`/g)].map(([, name]) => name ?? ''));
}

/** Reads them as the program does. Secrets and files are not here, so something that could be theirs stands in. */
function faultsOfStart({ read }: Program, given: ReadonlyMap<string, Given>): readonly string[] {
  try {
    read(
      Object.fromEntries(
        [...given].map(([name, one]) => [name, one.value === undefined ? standIn(name) : valueOf(name, one.value)]),
      ),
    );
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.faults;
    throw error;
  }
}

function standIn(name: string): string {
  if (name === 'REDIS_URL') return 'redis://stand-in';
  return name.endsWith('_URL') ? 'postgresql://stand-in/database' : 'stand-in=stand-in';
}

function valueOf(name: string, value: string): string {
  return name.endsWith('_FILE') ? import.meta.filename : value;
}
