import { expect, test } from '@boxoffice/runtime/testing/tests';

import { runChecks, type Finding } from '../findings.ts';
import { observabilityChecks } from '../observability/checks.ts';
import { checkDashboards } from '../observability/dashboard-check.ts';
import { readDashboards, readNamed, readRules, type NamedText } from '../observability/files.ts';
import { checkQueriesByPromtool, hasPromtool } from '../observability/promtool.ts';
import { allQueries, queriesOfDocument, queriesOfRules, selectorsOf } from '../observability/queries.ts';
import { checkQueries } from '../observability/query-check.ts';
import { checkRuleShape, checkRunbook } from '../observability/rules-check.ts';
import { recordedBy } from '../observability/rules.ts';

const [dashboards, rules, runbook] = await Promise.all([readDashboards(), readRules(), readNamed('RUNBOOK.md')]);
const [onSale] = dashboards.filter(({ where }) => where.endsWith('on-sale.json'));
const [sale] = rules.filter(({ where }) => where.endsWith('sale.yaml'));
if (onSale === undefined || sale === undefined) throw new Error('there is no dashboard or no file of rules to break');

/** A file with one change, which has to be one. */
function changed({ where, text }: NamedText, before: string | RegExp, after: string): NamedText {
  expect(text).toMatch(before);
  return { where, text: text.replace(before, after) };
}

function said(findings: readonly Finding[]): string[] {
  return findings.map(({ where, what }) => `${where}: ${what}`);
}

function queryFindings(expr: string): string[] {
  return said(checkQueries([{ where: 'query', expr }], recordedBy(rules)));
}

test('dashboards, rules, queries and the runbook are right', async () => {
  // promtool takes seconds, and is run by `npm run check:deploy`.
  const outcomes = await runChecks(observabilityChecks.filter(({ name }) => !name.includes('promtool')));
  expect(outcomes.flatMap(({ findings }) => said(findings))).toEqual([]);
});

test.each([
  ['is no JSON', /^\{/, '', 'is no JSON'],
  ['a field of a panel that is unknown', '"gridPos"', '"gridPosition": 1, "gridPos"', 'there is no field gridPosition'],
  [
    'a field of a query that is unknown',
    '"legendFormat"',
    '"legendFormt": "x", "legendFormat"',
    'no field legendFormt',
  ],
  ['a panel without a description', /"description": "Tickets that wait, of all dates."/, '"description": ""', '15'],
  ['a unit that nobody knows', '"unit": "cps"', '"unit": "perSecond"', 'must be equal to one of the allowed values'],
  ['a type of panel that we do not use', '"type": "stat"', '"type": "graph"', 'no schema of panels of the type graph'],
  ['a panel that lies on another', '"x": 4,', '"x": 3,', 'Admitted: lies on Waiting'],
  ['a panel that is too far to the right', '"x": 20,', '"x": 22,', 'is not within the 24 columns'],
  ['an id that two panels have', '"id": 3,', '"id": 2,', 'has the id of Waiting'],
  ['a variable that is not there', '$schedule', '$shedule', 'asks for $shedule'],
  ['another uid than ours', '"uid": "boxoffice-on-sale"', '"uid": "Sale"', 'must match pattern'],
])('the check of dashboards finds %s', (_name, before, after, finding) => {
  expect(said(checkDashboards([changed(onSale, before, after)]))).toContainEqual(expect.stringContaining(finding));
});

test('two dashboards of one uid are found', () => {
  expect(said(checkDashboards([onSale, onSale]))).toEqual([expect.stringContaining('has the uid of')]);
});

test.each([
  ['sum(rate(boxoffice_queue_joins_total[5m])', 'ends too early'],
  ['sum by (job boxoffice_queue_joins_total', 'is no PromQL'],
  ['rate(boxoffice_queue_join_total[5m])', 'there is no metric boxoffice_queue_join_total'],
  ['boxoffice_ledger_payment_duration_seconds', 'there is no metric boxoffice_ledger_payment_duration_seconds'],
  ['boxoffice:objective_burn:2h', 'there is no metric boxoffice:objective_burn:2h'],
  ['boxoffice_queue_tickets{date="1"}', 'boxoffice_queue_tickets has no label date'],
  ['boxoffice_queue_tickets{state="WAITING"}', 'no state is ="WAITING"; there are waiting, admitted'],
  ['boxoffice_program_ready{job=~"api|web"}', 'no job is =~"api|web"'],
  ['sum by (schema) (boxoffice_queue_tickets)', 'groups by schema, which none of its metrics has'],
  ['boxoffice_ledger_payment_duration_seconds_bucket{le="15"}', 'in Prometheus 3'],
])('the query %s is found to be wrong', (expr, finding) => {
  expect(queryFindings(expr)).toEqual([expect.stringContaining(finding)]);
});

const testByPromtool = (await hasPromtool()) ? test : test.skip;

testByPromtool('a query that keeps to the grammar and not to the types is found by promtool', async () => {
  const query = { where: 'query', expr: 'rate(boxoffice_queue_joins_total)' };
  expect(said(await checkQueriesByPromtool([query]))).toEqual([expect.stringContaining('expected type range vector')]);
});

test('queries of metrics, of recording rules and of what Prometheus makes itself are right', () => {
  expect(queryFindings('sum by (le, job) (rate(boxoffice_queue_wait_seconds_bucket{le=~"15([.]0)?"}[5m]))')).toEqual(
    [],
  );
  expect(queryFindings('boxoffice:objective_burn:1h{objective="hold-success"} > 1')).toEqual([]);
  expect(queryFindings('up == 0 unless ALERTS{alertstate="firing"}')).toEqual([]);
});

test.each([
  ['a file that is no YAML', /^groups:/m, 'groups: [', 'is no YAML'],
  ['a field that is unknown', 'for: 2m', 'fro: 2m', 'there is no field fro'],
  ['an alert without a summary', /summary: .*/, '', "must have required property 'summary'"],
  ['a severity that nobody routes', 'severity: page', 'severity: panic', 'must be equal to one of the allowed values'],
])('the check of rules finds %s', (_name, before, after, finding) => {
  expect(said(checkRuleShape(changed(sale, before, after)))).toContainEqual(expect.stringContaining(finding));
});

test('an alert without an entry in the runbook is found, and an entry without an alert', () => {
  const others = rules.filter((one) => one !== sale);
  const renamed = changed(sale, 'alert: BoardsStale', 'alert: BoardsOld');
  expect(said(checkRunbook([...others, renamed], runbook))).toEqual([
    'observability/rules/sale.yaml BoardsOld: has no entry in the runbook',
    expect.stringContaining('BoardsOld: its runbook_url is not'),
    'observability/RUNBOOK.md BoardsStale: there is no such alert',
  ]);
});

test('an entry that does not say when it is over is found', () => {
  const silent = changed(runbook, /\*\*Over\.\*\*/, 'Later:');
  expect(said(checkRunbook(rules, silent))).toEqual([
    'observability/RUNBOOK.md ObjectiveBurnsFast: does not say: Over',
  ]);
});

test('queries that the runbook gives to copy are read line by line', () => {
  const text = '```promql\nup == 0\nsum(\n```\n\n```sql\nselect 1;\n```\n';
  const queries = queriesOfDocument({ where: 'RUNBOOK.md', text });
  expect(said(checkQueries(queries, recordedBy(rules)))).toEqual(['RUNBOOK.md: is no PromQL: it ends too early']);
});

test('all queries are told, without variables of Grafana, and with what they select', async () => {
  const queries = await allQueries();
  expect(queries.filter(({ expr }) => expr.includes('$'))).toEqual([]);
  for (const { where } of rules) expect(queries.some((query) => query.where.startsWith(where))).toBe(true);
  const [standing] = queriesOfRules(sale);
  expect(selectorsOf(standing?.expr ?? '')).toContainEqual({
    metric: 'boxoffice_queue_tickets',
    labels: [{ name: 'state', op: '=', value: 'waiting' }],
  });
});
