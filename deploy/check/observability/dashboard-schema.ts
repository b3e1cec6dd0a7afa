/** JSON Schemas of what our dashboards use of Grafana's JSON: closed, so that a field that is misspelt is found. */

type Schema = Readonly<Record<string, unknown>>;

const text = { type: 'string' };
const words = { type: 'string', minLength: 1 };
const number = { type: 'number' };
const whole = { type: 'integer', minimum: 0 };
const flag = { type: 'boolean' };

/** An object with these fields and no other; those whose name ends in `?` may be missing. */
function closed(fields: Schema): Schema {
  const names = Object.keys(fields);
  return {
    type: 'object',
    additionalProperties: false,
    required: names.filter((name) => !name.endsWith('?')),
    properties: Object.fromEntries(names.map((name) => [name.replace(/\?$/, ''), fields[name]])),
  };
}

function list(items: Schema, more: Schema = {}): Schema {
  return { type: 'array', items, ...more };
}

function oneOf(...values: readonly unknown[]): Schema {
  return { enum: values };
}

const datasource = closed({ type: oneOf('prometheus'), uid: oneOf('${datasource}') });

const target = closed({
  refId: { type: 'string', pattern: '^[A-Z]$' },
  datasource,
  editorMode: oneOf('code'),
  expr: words,
  legendFormat: words,
  range: flag,
  instant: flag,
});

const legend = closed({
  displayMode: oneOf('list', 'table'),
  placement: oneOf('bottom', 'right'),
  showLegend: flag,
  calcs: list(text),
});

const tooltip = closed({ mode: oneOf('multi', 'single', 'none'), sort: oneOf('none', 'asc', 'desc') });
const reduceOptions = closed({ calcs: list(text, { minItems: 1 }), fields: text, values: flag });
const orientation = oneOf('auto', 'horizontal', 'vertical');

const step = closed({ color: words, value: { type: ['number', 'null'] } });
const thresholds = closed({ mode: oneOf('absolute'), steps: list(step, { minItems: 1 }) });
const mapping = closed({
  type: oneOf('value'),
  options: { type: 'object', additionalProperties: closed({ text: words, color: words }) },
});

function fieldConfig(custom: Schema | undefined): Schema {
  const defaults = closed({
    unit: oneOf('bytes', 'cps', 'currencyKRW', 'none', 'percentunit', 'reqps', 's', 'short'),
    'min?': number,
    'max?': number,
    'noValue?': words,
    color: closed({ mode: oneOf('palette-classic', 'thresholds') }),
    thresholds,
    'mappings?': list(mapping),
    ...(custom && { custom }),
  });
  return closed({ defaults, overrides: list(closed({}), { maxItems: 0 }) });
}

/** Fields of a panel whose form depends on its type. */
const ofType: Readonly<Record<string, { readonly options: Schema; readonly custom?: Schema }>> = {
  timeseries: {
    options: closed({ legend, tooltip }),
    custom: closed({
      drawStyle: oneOf('line', 'bars', 'points'),
      lineWidth: whole,
      fillOpacity: whole,
      showPoints: oneOf('never', 'auto', 'always'),
      spanNulls: flag,
      stacking: closed({ mode: oneOf('none', 'normal', 'percent'), group: text }),
      thresholdsStyle: closed({ mode: oneOf('off', 'dashed', 'line', 'area') }),
    }),
  },
  stat: {
    options: closed({
      colorMode: oneOf('none', 'value', 'background'),
      graphMode: oneOf('none', 'area'),
      justifyMode: oneOf('auto', 'center'),
      orientation,
      textMode: oneOf('auto', 'value', 'value_and_name', 'name', 'none'),
      reduceOptions,
    }),
  },
  bargauge: {
    options: closed({
      displayMode: oneOf('basic', 'gradient', 'lcd'),
      orientation,
      valueMode: oneOf('color', 'text', 'hidden'),
      namePlacement: oneOf('auto', 'top', 'left', 'hidden'),
      showUnfilled: flag,
      reduceOptions,
    }),
  },
  'state-timeline': {
    options: closed({
      alignValue: oneOf('left', 'center', 'right'),
      mergeValues: flag,
      rowHeight: number,
      showValue: oneOf('auto', 'always', 'never'),
      legend,
      tooltip,
    }),
    custom: closed({ fillOpacity: whole, lineWidth: whole }),
  },
};

const gridPos = closed({ x: whole, y: whole, w: { type: 'integer', minimum: 1 }, h: { type: 'integer', minimum: 1 } });
const id = { type: 'integer', minimum: 1 };

const rowSchema = closed({
  id,
  gridPos,
  type: oneOf('row'),
  title: words,
  collapsed: oneOf(false),
  panels: list(closed({}), { maxItems: 0 }),
});

/** The schema of a panel of a type; none for a type that we do not use. */
export function panelSchema(type: unknown): Schema | undefined {
  if (type === 'row') return rowSchema;
  const own = typeof type === 'string' ? ofType[type] : undefined;
  if (own === undefined) return undefined;
  return closed({
    id,
    gridPos,
    type: words,
    title: words,
    description: { type: 'string', minLength: 15 },
    datasource,
    targets: list(target, { minItems: 1 }),
    fieldConfig: fieldConfig(own.custom),
    options: own.options,
  });
}

const link = closed({
  type: oneOf('dashboards', 'link'),
  title: words,
  icon: text,
  tags: list(text),
  url: text,
  tooltip: text,
  asDropdown: flag,
  includeVars: flag,
  keepTime: flag,
  targetBlank: flag,
});

const annotation = closed({
  name: words,
  datasource,
  enable: flag,
  hide: flag,
  iconColor: words,
  expr: words,
  step: text,
  titleFormat: words,
  textFormat: text,
  useValueForTime: flag,
});

const option = closed({ text, value: text });
const variableFields = { name: words, label: words, regex: text, hide: whole, includeAll: flag, multi: flag };
const variable = {
  oneOf: [
    closed({
      ...variableFields,
      type: oneOf('datasource'),
      query: oneOf('prometheus'),
      refresh: whole,
      current: closed({}),
      options: list(option),
    }),
    closed({
      ...variableFields,
      type: oneOf('query'),
      datasource,
      definition: words,
      query: closed({ query: words, refId: words }),
      refresh: whole,
      sort: whole,
      allValue: oneOf('.*'),
      current: option,
      options: list(option),
    }),
  ],
};

/** The schema of a dashboard, but for its panels. */
export const dashboardSchema = closed({
  uid: { type: 'string', pattern: '^boxoffice-[a-z-]{1,30}$' },
  title: words,
  description: words,
  tags: list(text),
  schemaVersion: oneOf(41),
  version: oneOf(1),
  editable: flag,
  graphTooltip: whole,
  timezone: oneOf('browser', 'utc'),
  refresh: text,
  time: closed({ from: words, to: words }),
  links: list(link),
  annotations: closed({ list: list(annotation) }),
  templating: closed({ list: list(variable) }),
  panels: list({ type: 'object' }, { minItems: 1 }),
});
