/** `npm run simulate`: plays a sale in a model under one policy or several, and prints what came of it. */
import { readOptions, usage, UsageError } from './options.ts';
import { play } from './play.ts';
import { report } from './report.ts';

try {
  const options = readOptions(process.argv.slice(2));
  if (options === undefined) console.log(usage);
  else {
    const { sale, policies } = options;
    console.log(
      report(
        sale,
        policies.map((policy) => ({ policy, outcome: play(sale, policy) })),
      ),
    );
  }
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  if (error instanceof UsageError) console.error(`\n${usage}`);
  process.exitCode = error instanceof UsageError ? 2 : 1;
}
