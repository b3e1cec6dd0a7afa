import { join } from 'node:path';

const root = join(import.meta.dirname, '../..');

/** Something that is wrong, said in one line. */
export interface Finding {
  /** The place, from the coarse to the fine: a file or overlay, a kind and name, a path in it. */
  where: string;
  /** What is wrong there. */
  what: string;
}

/** Looks at one kind of thing below `deploy/`, offline, and tells all that is wrong with it. */
export interface Check {
  /** What is looked at: `kubernetes/production`. */
  name: string;
  run(): Promise<Finding[]>;
}

export interface Outcome {
  check: Check;
  findings: Finding[];
  milliseconds: number;
}

/** Runs each check. One that throws has found that it cannot be done. */
export async function runChecks(checks: readonly Check[]): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  for (const check of checks) {
    const start = performance.now();
    const findings = await check.run().catch((error: unknown) => [{ where: check.name, what: wordsOf(error) }]);
    outcomes.push({ check, findings, milliseconds: performance.now() - start });
  }
  return outcomes;
}

/** Files are named as they are in the repository, wherever that is. */
function wordsOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).replaceAll(`${root}/`, '');
}
