import { readFileSync, unlinkSync, writeFileSync } from 'node:fs';

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

/** Where a program is to die. */
export interface Plan<Point extends string> {
  readonly point: Point;
  /** Callers that have to stand at the point; the last one to come kills the program under all of them. */
  readonly callers: number;
  /** Whoever reaches this one meanwhile stands there, as in a program that does not answer. */
  readonly stand?: Point;
}

/** Plans the death of whichever program reaches the point first. The file goes when it happens. */
export function planFault<Point extends string>(file: string, plan: Plan<Point>): void {
  writeFileSync(file, JSON.stringify(plan));
}

/** Dies by SIGKILL where the file says, and takes the file away: who is started again lives. */
class DeadlyPoints implements FaultPoints<string> {
  readonly #file: string;
  readonly #standing = new Map<string, number>();

  constructor(file: string) {
    this.#file = file;
  }

  reach(point: string): Promise<void> {
    const plan = this.#plan();
    if (plan?.stand === point) return forEver();
    if (plan?.point !== point) return nothing;
    const standing = (this.#standing.get(point) ?? 0) + 1;
    this.#standing.set(point, standing);
    if (standing >= plan.callers) {
      unlinkSync(this.#file);
      process.kill(process.pid, 'SIGKILL');
    }
    return forEver();
  }

  /** Looked up at every point, so that a running program can be told. */
  #plan(): Plan<string> | undefined {
    try {
      return JSON.parse(readFileSync(this.#file, 'utf8')) as Plan<string>;
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
      throw error;
    }
  }
}

/** Until the program dies. */
function forEver(): Promise<void> {
  return new Promise(() => undefined);
}
