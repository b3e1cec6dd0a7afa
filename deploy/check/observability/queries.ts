import { readDashboards, readRules, type NamedText } from './files.ts';
import { replaceVariables } from './variables.ts';
import { parse } from 'yaml';

export { selectorsOf, type LabelMatcher, type Selector } from './promql.ts';

/** A query, and where it is. */
export interface Query {
  /** `observability/dashboards/on-sale.json Who waits A` */
  readonly where: string;
  /** PromQL, without variables of Grafana. */
  readonly expr: string;
}

/** Every query of the dashboards and the rules. */
export async function allQueries(): Promise<Query[]> {
  const [dashboards, rules] = await Promise.all([readDashboards(), readRules()]);
  return [...dashboards.flatMap(queriesOfDashboard), ...rules.flatMap(queriesOfRules)];
}

/** The queries of a dashboard: of its panels, its annotations, and the metrics that its variables look at. */
export function queriesOfDashboard({ where, text }: NamedText): Query[] {
  const { panels, annotations, templating } = JSON.parse(text) as DashboardQueries;
  const queries = [
    ...panels.flatMap(({ title, targets = [] }) =>
      targets.map(({ refId, expr }) => ({ where: `${where} ${title} ${refId}`, expr })),
    ),
    ...annotations.list.flatMap(({ name, expr }) => (expr === undefined ? [] : [{ where: `${where} ${name}`, expr }])),
    ...templating.list.flatMap(({ name, definition }) =>
      definition === undefined ? [] : [{ where: `${where} $${name}`, expr: lookedAt(definition) }],
    ),
  ];
  return queries.map((query) => ({ ...query, expr: replaceVariables(query.expr) }));
}

/** The queries of a file of rules. */
export function queriesOfRules({ where, text }: NamedText): Query[] {
  const { groups } = parse(text) as { groups: { rules: { alert?: string; record?: string; expr: string }[] }[] };
  return groups.flatMap(({ rules }) =>
    rules.map(({ alert, record, expr }) => ({ where: `${where} ${alert ?? record ?? ''}`, expr: expr.trim() })),
  );
}

/** The queries that a document gives to copy: each line of its blocks of `promql`. */
export function queriesOfDocument({ where, text }: NamedText): Query[] {
  const blocks = [...text.matchAll(/^```promql\n(.*?)^```$/gms)];
  return blocks.flatMap(([, lines = '']) =>
    lines.split('\n').flatMap((expr) => (expr === '' ? [] : [{ where, expr }])),
  );
}

interface DashboardQueries {
  readonly panels: readonly {
    readonly title: string;
    readonly targets?: readonly { readonly refId: string; readonly expr: string }[];
  }[];
  readonly annotations: { readonly list: readonly { readonly name: string; readonly expr?: string }[] };
  readonly templating: { readonly list: readonly { readonly name: string; readonly definition?: string }[] };
}

/** `label_values(metric, label)` looks at the metric. */
function lookedAt(definition: string): string {
  return /^label_values\((.*),\s*\w+\)$/.exec(definition)?.[1] ?? definition;
}
