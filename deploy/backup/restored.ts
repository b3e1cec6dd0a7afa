/** `npm run restored`: what has to be done once after databases were restored, before the programs run on them. */
import { parseArgs } from 'node:util';

import { allHold, checkInvariants } from '@boxoffice/local/verify/check';
import { reachDatabases } from '@boxoffice/local/verify/reach';
import { findingsTable } from '@boxoffice/local/verify/table';
import { readSettings } from '@boxoffice/local/settings';
import { findSystem } from '@boxoffice/local/system-plan';

import { beginEpochs } from './begin-epochs.ts';
import { deliverAgain } from './deliver-again.ts';
import { numbersSkipped, skipNumbers } from './skip-numbers.ts';

const usage = `Usage: npm run restored

Begins a new epoch of the events in restored databases, so that no cursor of before is good for them, goes on with numbers
that nobody has seen, has the latest payments told to the Queue again, and checks the invariants. For the databases of DATABASE_URL (or QUEUE_DATABASE_URL and so on), else the data folder's. The programs must not run.
Ends with 1 when an invariant is violated: deploy/backup/BACKUP.md says what then.`;

async function restored(): Promise<boolean> {
  const running = await findSystem(readSettings(process.env).home);
  if (running !== undefined) {
    throw new Error(
      `The system at ${running.url} runs: end it first, so that nobody reads an old log and writes to a new one.`,
    );
  }
  await using reached = await reachDatabases(process.env);
  console.log(`Restored: ${reached.what}.\n`);
  for (const { service, epoch, position } of await beginEpochs(reached.databases)) {
    console.log(`  ${service.padEnd(9)}  a new log of events, ${epoch}, after position ${position}`);
  }
  const moved = await skipNumbers(reached.databases);
  console.log(`  numbers    ${moved} sequences go on ${numbersSkipped} later, so that no number means two things`);
  console.log(
    `  tickets    ${await deliverAgain(reached.databases)} of the latest payments are told to the Queue again\n`,
  );
  const findings = await checkInvariants({ databases: reached.databases, running: false });
  console.log(findingsTable(findings));
  console.log('\nNow flush Redis, if there is one, and start the programs; then `npm run verify`.');
  return allHold(findings);
}

try {
  const { values } = parseArgs({ options: { help: { type: 'boolean' } } });
  if (values.help) console.log(usage);
  else if (!(await restored())) process.exitCode = 1;
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
