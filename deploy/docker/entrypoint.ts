/** Runs the program that the first argument names, in this process. */

const programs: Readonly<Record<string, string>> = {
  queue: '../../services/queue/main.ts',
  inventory: '../../services/inventory/main.ts',
  ledger: '../../services/ledger/main.ts',
  worker: '../../worker/main.ts',
  bff: '../../bff/main.ts',
  'migrate-queue': '../../services/queue/migrate.ts',
  'migrate-inventory': '../../services/inventory/migrate.ts',
  'migrate-ledger': '../../services/ledger/migrate.ts',
};
/** EX_USAGE of sysexits.h: another start with the same words cannot help. */
const usageError = 64;

const [name = '', ...rest] = process.argv.slice(2);
const program = Object.hasOwn(programs, name) ? programs[name] : undefined;

if (program === undefined || rest.length > 0) {
  const given = process.argv.slice(2).join(' ');
  const problem = given === '' ? 'No program is named.' : `There is no program "${given}".`;
  process.stderr.write(`${problem} Give one of: ${Object.keys(programs).join(', ')}\n`);
  process.exitCode = usageError;
} else {
  // The first process of a container does not get signals that it does not listen to, and until it is loaded the program
  // does not: for it there is nothing to end yet.
  process.on('SIGTERM', () => {
    if (process.listenerCount('SIGTERM') === 1) process.exit(0);
  });
  await import(program);
}
