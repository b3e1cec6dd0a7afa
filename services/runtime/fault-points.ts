import { randomUUID } from 'node:crypto';
import { appendFileSync, readFileSync, renameSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';

import { env, readConfig, type Environment } from './config.ts';

/**
 * The gaps of a program's protocols, by name: where it may die between two steps that belong together. The names are a table
 * of the program's, so that a test can visit every one.
 */
export interface FaultPoints<Point extends string> {
  /** Says that the program is there. Resolves at once, unless a test has plans for this point. */
  reach(point: Point): Promise<void>;
}

const nothing = Promise.resolve();

/** No plans: what every program runs with. */
export const noFaults: FaultPoints<string> = { reach: () => nothing };

const spec = {
  faultFile: env.string('FAULT_FILE', { optional: true }),
  nodeEnv: env.string('NODE_ENV', { optional: true }),
};

/**
 * The fault points of a program: those that its environment switches on by FAULT_FILE, for crash tests alone, or none.
 *
 * @throws ConfigError when they are switched on in production.
 */
export function readFaultPoints(environment: Environment): FaultPoints<string> {
  const { faultFile } = readConfig(spec, environment, ({ faultFile: file, nodeEnv }) =>
    file !== undefined && nodeEnv === 'production' ? ['FAULT_FILE is for tests, and NODE_ENV is production'] : [],
  );
  return faultFile === undefined ? noFaults : new DeadlyPoints(faultFile);
}

/** So many callers at each of these points. */
export type Places<Point extends string> = Readonly<Partial<Record<Point, number>>>;

/** How a program is to die. */
export interface Plan<Point extends string> {
  /** The first so many callers at each point stand there, later ones pass. When all stand, the program dies under them. */
  readonly deadly: Places<Point>;
  /** Here they stand too, as in a program that does not answer, and nobody dies of it. */
  readonly silent?: Places<Point>;
}

/** Plans the death of the program that has the points. The plan is gone when it has happened. */
export function planFault<Point extends string>(file: string, plan: Plan<Point>): void {
  rmSync(standingFile(file), { force: true });
  // As a whole or not at all: programs look at any moment.
  writeFileSync(`${file}.draft`, JSON.stringify({ ...plan, id: randomUUID() }));
  renameSync(`${file}.draft`, file);
}

/** Where callers stand by the last plan, in the order in which they came. */
export function standingAt(file: string): readonly string[] {
  return (readIfThere(standingFile(file)) ?? '').split('\n').slice(0, -1);
}

/** Dies by SIGKILL where the file says, and takes the file away: who is started again lives. */
class DeadlyPoints implements FaultPoints<string> {
  readonly #file: string;
  readonly #standing = new Map<string, number>();
  #planId = '';

  constructor(file: string) {
    this.#file = file;
  }

  reach(point: string): Promise<void> {
    const plan = this.#plan();
    if (plan === undefined) return nothing;
    const standing = this.#standing.get(point) ?? 0;
    if (standing >= (plan.deadly[point] ?? plan.silent?.[point] ?? 0)) return nothing;
    this.#standing.set(point, standing + 1);
    appendFileSync(standingFile(this.#file), `${point}\n`);
    if (Object.entries(plan.deadly).every(([deadly, callers]) => this.#standing.get(deadly) === callers)) {
      unlinkSync(this.#file);
      process.kill(process.pid, 'SIGKILL');
    }
    return new Promise(() => undefined); // Until the program dies.
  }

  /** Looked up at every point, so that a running program can be told. */
  #plan(): Plan<string> | undefined {
    const text = readIfThere(this.#file);
    if (text === undefined) return undefined;
    const plan = JSON.parse(text) as Plan<string> & { readonly id: string };
    if (plan.id !== this.#planId) this.#standing.clear();
    this.#planId = plan.id;
    return plan;
  }
}

function standingFile(file: string): string {
  return `${file}.standing`;
}

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const isMissing = typeof error === 'object' && error !== null && 'code' in error && error.code === 'ENOENT';
    if (isMissing) return undefined;
    throw error;
  }
}
