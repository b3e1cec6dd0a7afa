import { dashboards } from './grafana/dashboards.ts';
import { metricsTable } from './metrics-table.ts';

/** A file that is written by a program, at least in part. */
interface GeneratedFile {
  /** Below this folder. */
  readonly name: string;
  /** What it should have, given what it has. */
  readonly write: (before: string) => string;
}

const begin = '<!-- metrics: written by npm run generate:dashboards -->';
const end = '<!-- /metrics -->';

/** All of them. A check holds the committed ones to these. */
export const generatedFiles: readonly GeneratedFile[] = [
  ...dashboards.map(({ name, json }) => ({
    name: `dashboards/${name}.json`,
    write: () => `${JSON.stringify(json, null, 2)}\n`,
  })),
  {
    name: 'README.md',
    write: (before) => {
      const [head, ...rest] = before.split(begin);
      const tail = rest.join(begin).split(end)[1];
      if (head === undefined || tail === undefined)
        throw new Error(`README.md has no place for the metrics: ${begin} … ${end}`);
      return `${head}${begin}\n\n${metricsTable()}\n\n${end}${tail}`;
    },
  },
];
