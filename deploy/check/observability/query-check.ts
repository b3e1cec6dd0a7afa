import { metricOf, programs, type Metric } from '../../observability/metrics.ts';
import type { Finding } from '../findings.ts';
import { groupingsOf, selectorsOf, syntaxFault, type LabelMatcher, type Selector } from './promql.ts';
import type { Query } from './queries.ts';

/** Labels that Prometheus adds to what it scrapes. */
const scraped: Metric['labels'] = { job: programs, instance: 'address' };

/** Metrics that Prometheus makes itself. */
const ofPrometheus: ReadonlyMap<string, Metric['labels']> = new Map([
  ['up', scraped],
  [
    'ALERTS',
    {
      alertname: 'name of an alert',
      alertstate: ['pending', 'firing'],
      severity: ['page', 'ticket'],
      system: ['boxoffice'],
      job: programs,
      instance: 'address',
    },
  ],
]);

/** Metrics that recording rules make, with their labels. */
export type Recorded = ReadonlyMap<string, Metric['labels']>;

/** What is wrong with queries: what is no PromQL, and what asks for metrics, labels or values that nobody exports. */
export function checkQueries(queries: readonly Query[], recorded: Recorded): Finding[] {
  return queries.flatMap(({ where, expr }) => {
    const fault = syntaxFault(expr);
    const faults = fault === undefined ? faultsOf(expr, recorded) : [fault];
    return faults.map((what) => ({ where, what }));
  });
}

function faultsOf(expr: string, recorded: Recorded): string[] {
  const selectors = selectorsOf(expr);
  const known = selectors.map((selector) => labelsOf(selector.metric, recorded));
  const faults = selectors.flatMap((selector, index) => selectorFaults(selector, known[index]));
  const labels = new Set(known.flatMap((one) => Object.keys(one ?? {})));
  // An unknown metric has been told of; its labels are anybody's guess.
  if (known.includes(undefined)) return faults;
  const groupings = groupingsOf(expr).filter((label) => !labels.has(label));
  return [...faults, ...groupings.map((label) => `groups by ${label}, which none of its metrics has`)];
}

function labelsOf(metric: string, recorded: Recorded): Metric['labels'] {
  const own = metricOf(metric);
  if (own === undefined) return ofPrometheus.get(metric) ?? recorded.get(metric);
  return { ...scraped, ...own.labels, ...(metric.endsWith('_bucket') && { le: 'upper end' }) };
}

function selectorFaults({ metric, labels }: Selector, known: Metric['labels']): string[] {
  if (known === undefined) return [`there is no metric ${metric === '' ? 'without a name' : metric}`];
  return labels
    .filter(({ name }) => name !== '__name__')
    .flatMap((label) => {
      if (!(label.name in known)) return [`${metric} has no label ${label.name}`];
      return valueFault(label, known[label.name] ?? '').map((fault) => `${metric}: ${fault}`);
    });
}

/** What Prometheus 3 writes as `15.0` an equation with `15` does not find. */
function valueFault({ name, op, value }: LabelMatcher, values: string | readonly string[]): string[] {
  if (name === 'le' && op === '=' && /^\d+$/.test(value)) {
    return [`le="${value}" is le="${value}.0" in Prometheus 3: le=~"${value}([.]0)?" is both`];
  }
  if (typeof values === 'string' || isMatched(op, value, values)) return [];
  return [`no ${name} is ${op}${JSON.stringify(value)}; there are ${values.join(', ')}`];
}

function isMatched(op: string, value: string, values: readonly string[]): boolean {
  if (op === '=' || op === '!=') return values.includes(value);
  const pattern = new RegExp(`^(?:${value})$`);
  return values.some((one) => pattern.test(one));
}
