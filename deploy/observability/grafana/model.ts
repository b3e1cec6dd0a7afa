/** What we use of the JSON that Grafana 12 reads (schemaVersion 41). `deploy/check/observability` holds the files to it. */

export interface Datasource {
  readonly type: 'prometheus';
  readonly uid: string;
}

export interface Target {
  readonly refId: string;
  readonly datasource: Datasource;
  readonly editorMode: 'code';
  readonly expr: string;
  readonly legendFormat: string;
  readonly range: boolean;
  readonly instant: boolean;
}

export interface GridPos {
  readonly x: number;
  readonly y: number;
  readonly w: number;
  readonly h: number;
}

export interface Threshold {
  readonly color: string;
  /** Where it begins; null for the first. */
  readonly value: number | null;
}

/** Units as Grafana calls them. */
export type Unit = 'bytes' | 'cps' | 'currencyKRW' | 'none' | 'percentunit' | 'reqps' | 's' | 'short';

export interface FieldConfig {
  readonly defaults: {
    readonly unit: Unit;
    readonly min?: number;
    readonly max?: number;
    readonly noValue?: string;
    readonly color: { readonly mode: string };
    readonly thresholds: { readonly mode: 'absolute'; readonly steps: readonly Threshold[] };
    readonly mappings?: readonly unknown[];
    readonly custom?: Readonly<Record<string, unknown>>;
  };
  readonly overrides: readonly unknown[];
}

export type PanelType = 'bargauge' | 'row' | 'stat' | 'state-timeline' | 'timeseries';

export interface Panel {
  readonly id: number;
  readonly type: PanelType;
  readonly title: string;
  readonly gridPos: GridPos;
  readonly description?: string;
  readonly datasource?: Datasource;
  readonly fieldConfig?: FieldConfig;
  readonly options?: Readonly<Record<string, unknown>>;
  readonly targets?: readonly Target[];
  readonly collapsed?: boolean;
  readonly panels?: readonly never[];
}

/** What of a panel its place in the dashboard does not say. */
export type PlacedLater = Omit<Panel, 'id' | 'gridPos'> & { readonly width: number; readonly height: number };
