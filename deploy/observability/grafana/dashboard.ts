import { runbookUrl } from '../links.ts';
import type { GridPos, Panel, PlacedLater } from './model.ts';
import { chosenPrometheus } from './panels.ts';

/** A heading, and the panels below it, which flow from left to right and into further lines. */
interface Section {
  readonly title: string;
  readonly panels: readonly PlacedLater[];
}

/** A choice at the top of a dashboard: the values of a label. */
interface Variable {
  readonly name: string;
  readonly label: string;
  /** The metric whose label it is. Several values may be chosen, so that queries match it with `=~`. */
  readonly of: string;
}

interface Content {
  /** The name of its file, and the end of its address: both stay when the title changes. */
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly variables?: readonly Variable[];
  readonly sections: readonly Section[];
}

/** A dashboard as Grafana reads it. */
export interface Dashboard {
  readonly name: string;
  readonly json: Readonly<Record<string, unknown>>;
}

const columns = 24;

/** Makes a dashboard: places its panels, and adds what all have, the choice of a Prometheus, links and annotations. */
export function dashboard({ name, title, description, variables = [], sections }: Content): Dashboard {
  return {
    name,
    json: {
      uid: `boxoffice-${name}`,
      title: `Boxoffice / ${title}`,
      description,
      tags: ['boxoffice'],
      schemaVersion: 41,
      version: 1,
      editable: true,
      graphTooltip: 1,
      timezone: 'browser',
      refresh: '15s',
      time: { from: 'now-1h', to: 'now' },
      links: links(),
      annotations: { list: annotations() },
      templating: { list: [datasource(), ...variables.map(variable)] },
      panels: place(sections),
    },
  };
}

/** Places panels one beside the other; what does not fit any more begins a line below the highest of those. */
export function place(sections: readonly Section[]): Panel[] {
  const panels: Panel[] = [];
  let y = 0;
  const add = (panel: Omit<Panel, 'id' | 'gridPos'>, gridPos: GridPos): number =>
    panels.push({ id: panels.length + 1, gridPos, ...panel });
  for (const section of sections) {
    add({ type: 'row', title: section.title, collapsed: false, panels: [] }, { x: 0, y, w: columns, h: 1 });
    y += 1;
    let x = 0;
    let lineHeight = 0;
    for (const { width: w, height: h, ...panel } of section.panels) {
      if (x + w > columns) {
        y += lineHeight;
        x = lineHeight = 0;
      }
      add(panel, { x, y, w, h });
      x += w;
      lineHeight = Math.max(lineHeight, h);
    }
    y += lineHeight;
  }
  return panels;
}

function links(): unknown[] {
  const common = { asDropdown: false, includeVars: true, keepTime: true, targetBlank: false, tooltip: '' };
  return [
    { ...common, type: 'dashboards', title: 'Boxoffice', icon: 'external link', tags: ['boxoffice'], url: '' },
    { ...common, type: 'link', title: 'Runbook', icon: 'doc', tags: [], url: runbookUrl, targetBlank: true },
  ];
}

function annotations(): unknown[] {
  const common = { datasource: chosenPrometheus, enable: true, hide: false, step: '60s', useValueForTime: false };
  return [
    {
      ...common,
      name: 'Starts of programs',
      iconColor: 'blue',
      // Anew at the same address, or at an address that was not there a minute ago.
      expr: [
        'resets(boxoffice_process_cpu_seconds_total[1m]) > 0',
        '(boxoffice_program_info unless on (job, instance) boxoffice_program_info offset 1m)',
      ].join(' or '),
      titleFormat: '{{job}} has started',
      textFormat: '{{instance}}',
    },
    {
      ...common,
      name: 'Pages',
      iconColor: 'red',
      expr: 'max by (alertname) (ALERTS{system="boxoffice",severity="page",alertstate="firing"})',
      titleFormat: '{{alertname}}',
      textFormat: 'See the runbook.',
    },
  ];
}

function datasource(): unknown {
  return {
    type: 'datasource',
    name: 'datasource',
    label: 'Prometheus',
    query: 'prometheus',
    regex: '',
    hide: 0,
    refresh: 1,
    includeAll: false,
    multi: false,
    current: {},
    options: [],
  };
}

function variable({ name, label, of }: Variable): unknown {
  const query = `label_values(${of}, ${name})`;
  return {
    type: 'query',
    name,
    label,
    datasource: chosenPrometheus,
    definition: query,
    query: { query, refId: `variable-${name}` },
    regex: '',
    hide: 0,
    // When the time range changes: dates come and go.
    refresh: 2,
    // By number, where they are numbers.
    sort: 3,
    includeAll: true,
    allValue: '.*',
    multi: true,
    current: { text: 'All', value: '$__all' },
    options: [],
  };
}
