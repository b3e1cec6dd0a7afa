import type { Datasource, FieldConfig, PlacedLater, Target, Threshold, Unit } from './model.ts';

/** Whatever Prometheus is chosen at the top of the dashboard. */
export const chosenPrometheus: Datasource = { type: 'prometheus', uid: '${datasource}' };

/** A query, and what its series are called. */
export interface Line {
  readonly expr: string;
  /** Labels in braces: `{{rpc}}`. */
  readonly legend: string;
}

interface Content {
  /** What it shows, and what to think of it: for somebody who sees it for the first time, at night. */
  readonly what: string;
  readonly unit: Unit;
  readonly lines: readonly Line[];
  /** Good is green; from `warn` on it is yellow, from `bad` on red. */
  readonly warn?: number;
  readonly bad?: number;
  readonly max?: number;
  /** What it says without any series, where that is well. */
  readonly none?: string;
  /** Of 24 columns; and in rows. */
  readonly width?: number;
  readonly height?: number;
}

/** Lines over time. With `warn` or `bad` they are drawn as well. */
export function chart(title: string, content: Content & { readonly stacked?: boolean }): PlacedLater {
  const { stacked = false, warn, bad } = content;
  const hasThresholds = warn !== undefined || bad !== undefined;
  return {
    ...frame(title, content, { width: 8, height: 8 }),
    type: 'timeseries',
    targets: targetsOf(content.lines, 'range'),
    fieldConfig: fieldConfig(content, 'palette-classic', {
      drawStyle: 'line',
      lineWidth: 1,
      fillOpacity: stacked ? 40 : 8,
      showPoints: 'never',
      spanNulls: false,
      stacking: { mode: stacked ? 'normal' : 'none', group: 'A' },
      thresholdsStyle: { mode: hasThresholds ? 'dashed' : 'off' },
    }),
    options: {
      legend: { displayMode: 'table', placement: 'bottom', showLegend: true, calcs: ['lastNotNull', 'max'] },
      tooltip: { mode: 'multi', sort: 'desc' },
    },
  };
}

/** A number, as it is now, over its recent course. */
export function figure(title: string, content: Content): PlacedLater {
  return {
    ...frame(title, content, { width: 4, height: 4 }),
    type: 'stat',
    targets: targetsOf(content.lines, 'range'),
    fieldConfig: fieldConfig(content, 'thresholds'),
    options: {
      colorMode: 'value',
      graphMode: 'area',
      justifyMode: 'auto',
      orientation: 'auto',
      textMode: content.lines.length > 1 ? 'value_and_name' : 'value',
      reduceOptions: { calcs: ['lastNotNull'], fields: '', values: false },
    },
  };
}

/** Bars, the longest first as the query sorts them, as they are now. */
export function ranking(title: string, content: Content): PlacedLater {
  return {
    ...frame(title, content, { width: 8, height: 10 }),
    type: 'bargauge',
    targets: targetsOf(content.lines, 'instant'),
    fieldConfig: fieldConfig(content, 'thresholds'),
    options: {
      displayMode: 'basic',
      orientation: 'horizontal',
      valueMode: 'color',
      namePlacement: 'left',
      showUnfilled: true,
      reduceOptions: { calcs: ['lastNotNull'], fields: '', values: false },
    },
  };
}

interface Word {
  readonly text: string;
  readonly color: string;
}

/** What is or is not, over time: a band for each series, whose values have words. */
export function timeline(
  title: string,
  { words, ...content }: Content & { readonly words: Readonly<Record<string, Word>> },
): PlacedLater {
  const config = fieldConfig(content, 'thresholds', { fillOpacity: 80, lineWidth: 0 });
  const mappings = [{ type: 'value', options: words }];
  return {
    ...frame(title, content, { width: 12, height: 8 }),
    type: 'state-timeline',
    targets: targetsOf(content.lines, 'range'),
    fieldConfig: { ...config, defaults: { ...config.defaults, mappings } },
    options: {
      alignValue: 'left',
      mergeValues: true,
      rowHeight: 0.9,
      showValue: 'never',
      legend: { displayMode: 'list', placement: 'bottom', showLegend: true, calcs: [] },
      tooltip: { mode: 'single', sort: 'none' },
    },
  };
}

type Size = Pick<PlacedLater, 'width' | 'height'>;

function frame(
  title: string,
  { what, width, height }: Content,
  size: Size,
): Pick<PlacedLater, 'title' | 'description' | 'datasource' | 'width' | 'height'> {
  return {
    title,
    description: what,
    datasource: chosenPrometheus,
    width: width ?? size.width,
    height: height ?? size.height,
  };
}

function targetsOf(lines: readonly Line[], mode: 'range' | 'instant'): Target[] {
  return lines.map(({ expr, legend }, index) => ({
    refId: String.fromCharCode('A'.charCodeAt(0) + index),
    datasource: chosenPrometheus,
    editorMode: 'code',
    expr,
    legendFormat: legend,
    range: mode === 'range',
    instant: mode === 'instant',
  }));
}

function fieldConfig(
  { unit, warn, bad, max, none }: Content,
  colors: string,
  custom?: Readonly<Record<string, unknown>>,
): FieldConfig {
  const steps: Threshold[] = [
    { color: 'green', value: null },
    ...(warn === undefined ? [] : [{ color: 'yellow', value: warn }]),
    ...(bad === undefined ? [] : [{ color: 'red', value: bad }]),
  ];
  return {
    defaults: {
      unit,
      min: 0,
      ...(max !== undefined && { max }),
      ...(none !== undefined && { noValue: none }),
      color: { mode: colors },
      thresholds: { mode: 'absolute', steps },
      ...(custom && { custom }),
    },
    overrides: [],
  };
}
