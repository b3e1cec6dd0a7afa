import { styleText } from 'node:util';

import type { Result } from './play.ts';
import { programOf } from './points.ts';

const titles = ['protocol', 'point', 'program', 'called again', 'called once', 'quiet after'] as const;

/** The results as a table for the terminal: a line each, what is wrong with it below. */
export function resultsTable(results: readonly Result[]): string {
  const cells = results.map(cellsOf);
  const widths = titles.map((title, column) =>
    Math.max(...[titles, ...cells].map((row) => row[column]?.length ?? 0), title.length),
  );
  const line = (row: readonly string[]): string =>
    row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ');
  const lines = results.flatMap(({ faults }, index) => {
    const [style, mark] = faults.length === 0 ? (['green', '✓'] as const) : (['red', '✗'] as const);
    const below = faults.flatMap((fault) => fault.split('\n')).map((fault) => styleText('red', `    ${fault}`));
    return [`${styleText(style, mark)} ${line(cells[index] ?? []).trimEnd()}`, ...below];
  });
  return [styleText('dim', `  ${line(titles)}`), ...lines, '', summary(results)].join('\n');
}

function cellsOf({ row, retried, left, quietAfterMs }: Result): readonly string[] {
  const { protocol, point, first, silent } = row;
  const circumstances = first ? ` after ${first}` : silent ? `, ${silent} not answered` : '';
  const torn = (outcome: string): string => (outcome.startsWith('torn') ? 'torn' : outcome);
  const seconds = `${(quietAfterMs / 1_000).toFixed(1)} s`;
  return [protocol, `${point}${circumstances}`, programOf(point), torn(retried), torn(left), seconds];
}

function summary(results: readonly Result[]): string {
  const failed = results.filter(({ faults }) => faults.length > 0).length;
  const longestMs = Math.max(...results.map(({ quietAfterMs }) => quietAfterMs));
  const words = failed === 0 ? `all ${results.length} as they should be` : `${failed} of ${results.length} are wrong`;
  return `${styleText(failed === 0 ? 'green' : 'red', words)}; quiet after ${(longestMs / 1_000).toFixed(1)} s at most`;
}
