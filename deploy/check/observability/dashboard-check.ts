import { Ajv, type ErrorObject } from 'ajv';

import type { Finding } from '../findings.ts';
import { dashboardSchema, panelSchema } from './dashboard-schema.ts';
import type { NamedText } from './files.ts';
import { variablesOf } from './variables.ts';

interface Grid {
  readonly x: number;
  readonly y: number;
  readonly w: number;
  readonly h: number;
}

interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly gridPos: Grid;
  readonly targets?: readonly { readonly refId: string; readonly expr: string }[];
}

interface Dashboard {
  readonly uid: string;
  readonly panels: readonly Panel[];
  readonly templating: { readonly list: readonly { readonly name: string }[] };
}

const columns = 24;
const ajv = new Ajv({ allErrors: true, strictTypes: false, strictRequired: false });
const validateDashboard = ajv.compile(dashboardSchema);

/** What is wrong with dashboards, each and together; of their queries see `query-check.ts`. */
export function checkDashboards(files: readonly NamedText[]): Finding[] {
  const uids = new Map<string, string>();
  return files.flatMap(({ where, text }) => {
    let parsed: unknown;
    try {
      parsed = JSON.parse(text);
    } catch (error) {
      return [{ where, what: `is no JSON: ${(error as Error).message}` }];
    }
    const faults = shapeFaults(parsed, where);
    if (faults.length > 0) return faults;
    const dashboard = parsed as Dashboard;
    const other = uids.get(dashboard.uid);
    uids.set(dashboard.uid, where);
    const twice = other === undefined ? [] : [{ where, what: `has the uid of ${other}` }];
    return [...twice, ...panelFaults(dashboard, where)];
  });
}

function shapeFaults(parsed: unknown, where: string): Finding[] {
  if (!validateDashboard(parsed)) return findingsOf(validateDashboard.errors, where);
  return (parsed as Dashboard).panels.flatMap((panel, index) => {
    const at = `${where} ${panel.title || `panels/${index}`}`;
    const schema = panelSchema(panel.type);
    if (schema === undefined) return [{ where: at, what: `there is no schema of panels of the type ${panel.type}` }];
    // A schema of which the same object was compiled before is not compiled again: there is one a type.
    const validate = compiled(panel.type, schema);
    return validate(panel) ? [] : findingsOf(validate.errors, at);
  });
}

const validators = new Map<string, ReturnType<typeof ajv.compile>>();

function compiled(type: string, schema: object): ReturnType<typeof ajv.compile> {
  const validate = validators.get(type) ?? ajv.compile(schema);
  validators.set(type, validate);
  return validate;
}

function findingsOf(errors: readonly ErrorObject[] | null | undefined, where: string): Finding[] {
  return (errors ?? []).map(({ instancePath, message = '', params }) => {
    const field = (params as { additionalProperty?: string }).additionalProperty;
    const what = field === undefined ? message : `there is no field ${field}`;
    return { where: instancePath === '' ? where : `${where} ${instancePath.slice(1)}`, what };
  });
}

function panelFaults({ panels, templating }: Dashboard, where: string): Finding[] {
  const names = new Set(templating.list.map(({ name }) => name));
  return panels.flatMap((panel, index) => {
    const earlier = panels.slice(0, index);
    const { id, gridPos, targets = [] } = panel;
    const faults = [
      ...earlier.filter((one) => one.id === id).map(({ title }) => `has the id of ${title}`),
      ...earlier.filter((one) => overlap(one.gridPos, gridPos)).map(({ title }) => `lies on ${title}`),
      ...(gridPos.x + gridPos.w > columns ? [`is not within the ${columns} columns`] : []),
      ...(new Set(targets.map(({ refId }) => refId)).size < targets.length ? ['has two queries of one refId'] : []),
      ...targets
        .flatMap(({ expr }) => variablesOf(expr))
        .filter((name) => !names.has(name))
        .map((name) => `asks for $${name}, which the dashboard does not have`),
    ];
    return faults.map((what) => ({ where: `${where} ${panel.title}`, what }));
  });
}

function overlap(one: Grid, other: Grid): boolean {
  const beside = one.x + one.w <= other.x || other.x + other.w <= one.x;
  const below = one.y + one.h <= other.y || other.y + other.h <= one.y;
  return !beside && !below;
}
