/** `npm run verify`: checks every invariant against the databases of the running system. Ends with 1 when one is violated. */
import { parseArgs } from 'node:util';

import { readJournal } from './demo/journal.ts';
import { allHold, checkInvariants } from './verify/check.ts';
import { reachDatabases } from './verify/reach.ts';
import { findingsTable } from './verify/table.ts';

const usage = `Usage: npm run verify

Checks the invariants of ARCHITECTURE.md against the databases of the system that runs with BOXOFFICE_HOME; when none does,
against those of DATABASE_URL, or the data folder's. Reads only. Ends with 1 when an invariant is violated.`;

async function verify(): Promise<boolean> {
  await using reached = await reachDatabases(process.env);
  const { databases, home, running, what } = reached;
  console.log(`Verifying ${what}.\n`);
  const findings = await checkInvariants({ databases, running, promises: await readJournal(home) });
  console.log(findingsTable(findings));
  return allHold(findings);
}

try {
  const { values } = parseArgs({ options: { help: { type: 'boolean' } } });
  if (values.help) console.log(usage);
  else if (!(await verify())) process.exitCode = 1;
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
