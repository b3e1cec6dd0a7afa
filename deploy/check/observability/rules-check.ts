import { Ajv } from 'ajv';
import { parse } from 'yaml';

import { runbookUrl } from '../../observability/links.ts';
import type { Finding } from '../findings.ts';
import type { NamedText } from './files.ts';
import { rulesOf, type Rule } from './rules.ts';

const text = { type: 'string', minLength: 1 };
const duration = { type: 'string', pattern: '^\\d+(s|m|h)$' };

function closed(required: readonly string[], properties: object): object {
  return { type: 'object', additionalProperties: false, required, properties };
}

const labels = closed([], { objective: text });
const recording = closed(['record', 'expr'], { record: text, expr: text, labels });
const alert = closed(['alert', 'expr', 'labels', 'annotations'], {
  alert: { type: 'string', pattern: '^([A-Z][a-z]+)+$' },
  expr: text,
  for: duration,
  labels: closed(['severity', 'system'], { severity: { enum: ['page', 'ticket'] }, system: { const: 'boxoffice' } }),
  annotations: closed(['summary', 'description', 'runbook_url'], {
    summary: text,
    description: text,
    runbook_url: text,
  }),
});
const rule = { if: { required: ['alert'] }, then: alert, else: recording };
const group = closed(['name', 'rules'], {
  name: text,
  interval: duration,
  rules: { type: 'array', minItems: 1, items: rule },
});
const ruleFile = closed(['groups'], { groups: { type: 'array', minItems: 1, items: group } });

const validate = new Ajv({ allErrors: true, strictTypes: false, strictRequired: false }).compile(ruleFile);

/** What is wrong with the shape of a file of rules. */
export function checkRuleShape({ where, text }: NamedText): Finding[] {
  let parsed: unknown;
  try {
    parsed = parse(text);
  } catch (error) {
    return [{ where, what: `is no YAML: ${(error as Error).message}` }];
  }
  if (validate(parsed)) return [];
  return (validate.errors ?? [])
    .filter(({ keyword }) => keyword !== 'if')
    .map(({ instancePath, message = '', params }) => {
      const field = (params as { additionalProperty?: string }).additionalProperty;
      return { where: `${where} ${instancePath}`, what: field === undefined ? message : `there is no field ${field}` };
    });
}

/** Whether each alert has its entry in the runbook, to which it leads, and each entry an alert. */
export function checkRunbook(files: readonly NamedText[], runbook: NamedText): Finding[] {
  const entries = entriesOf(runbook.text);
  const placed = files.flatMap((file) => rulesOf(file).map((one) => ({ where: file.where, rule: one })));
  const names = placed.flatMap(({ rule: { alert } }) => (alert === undefined ? [] : [alert]));
  const twice = names.filter((name, index) => names.indexOf(name) < index);
  return [
    ...placed.flatMap(({ where, rule }) =>
      alertFaults(rule, entries).map((what) => ({ where: `${where} ${rule.alert}`, what })),
    ),
    ...twice.map((name) => ({ where: name, what: 'there are two alerts of this name' })),
    ...[...entries.keys()]
      .filter((name) => !names.includes(name))
      .map((name) => ({ where: `${runbook.where} ${name}`, what: 'there is no such alert' })),
    ...[...entries].flatMap(([name, entry]) =>
      parts
        .filter((part) => !entry.includes(`**${part}.**`))
        .map((part) => ({ where: `${runbook.where} ${name}`, what: `does not say: ${part}` })),
    ),
  ];
}

const parts = ['Means', 'Look', 'Do', 'Over'] as const;

function alertFaults({ alert, annotations = {} }: Rule, entries: ReadonlyMap<string, string>): string[] {
  if (alert === undefined) return [];
  // As GitHub and others make an anchor of a heading of one word.
  const url = `${runbookUrl}#${alert.toLowerCase()}`;
  return [
    ...(entries.has(alert) ? [] : ['has no entry in the runbook']),
    ...(annotations['runbook_url'] === url ? [] : [`its runbook_url is not ${url}`]),
  ];
}

/** Entries by the names of their alerts. */
function entriesOf(text: string): ReadonlyMap<string, string> {
  const [, ...entries] = text.split(/^## /m);
  return new Map(entries.map((entry) => [entry.slice(0, entry.indexOf('\n')).trim(), entry]));
}
