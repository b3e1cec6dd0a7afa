/** `npm run check:deploy`: whether what operators are given is right. Prints a line a finding; exits with 1 when there is one. */
import { checks } from './checks.ts';
import { runChecks } from './findings.ts';

const outcomes = await runChecks(checks);
for (const { check, findings, milliseconds } of outcomes) {
  for (const { where, what } of findings) console.log(`${where}: ${what}`);
  const result = findings.length === 0 ? 'ok' : `${findings.length} ${findings.length === 1 ? 'finding' : 'findings'}`;
  console.log(`${check.name}: ${result} (${Math.round(milliseconds)} ms)`);
}
process.exitCode = outcomes.some(({ findings }) => findings.length > 0) ? 1 : 0;
