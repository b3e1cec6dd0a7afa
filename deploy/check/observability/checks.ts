import type { Check, Finding } from '../findings.ts';
import { checkDashboards } from './dashboard-check.ts';
import { readDashboards, readNamed, readRules } from './files.ts';
import { checkGenerated } from './generated-check.ts';
import { checkByPromtool, checkQueriesByPromtool, hasPromtool, testRules } from './promtool.ts';
import { allQueries, queriesOfDashboard, queriesOfDocument } from './queries.ts';
import { checkQueries } from './query-check.ts';
import { recordedBy } from './rules.ts';
import { checkRuleShape, checkRunbook } from './rules-check.ts';

/** The dashboards, rules and runbook of `deploy/observability`. */
export const observabilityChecks: readonly Check[] = [
  { name: 'observability/dashboards', run: async () => checkDashboards(await readDashboards()) },
  { name: 'observability/generated', run: checkGenerated },
  { name: 'observability/rules', run: runRulesCheck },
  { name: 'observability/queries', run: runQueriesCheck },
  (await hasPromtool())
    ? { name: 'observability/promtool', run: runPromtool }
    : { name: 'observability/promtool skipped: it is not on the PATH', run: async () => [] },
];

async function runRulesCheck(): Promise<Finding[]> {
  const files = await readRules();
  const faults = files.flatMap(checkRuleShape);
  return faults.length > 0 ? faults : checkRunbook(files, await readNamed('RUNBOOK.md'));
}

async function runQueriesCheck(): Promise<Finding[]> {
  const copied = queriesOfDocument(await readNamed('RUNBOOK.md'));
  return checkQueries([...(await allQueries()), ...copied], recordedBy(await readRules()));
}

async function runPromtool(): Promise<Finding[]> {
  const queries = (await readDashboards()).flatMap(queriesOfDashboard);
  return (await Promise.all([checkByPromtool(), testRules(), checkQueriesByPromtool(queries)])).flat();
}
