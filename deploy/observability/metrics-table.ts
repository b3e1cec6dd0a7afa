import { metrics, programs, type Metric } from './metrics.ts';

/** All metrics as a table of Markdown, aligned as prettier does it. */
export function metricsTable(): string {
  const rows = metrics.map((metric) => [
    `\`${metric.name}\``,
    metric.type,
    labelsOf(metric),
    metric.of.length === programs.length ? 'all' : metric.of.join(', '),
    metric.across,
    metric.help,
  ]);
  return table(['metric', 'type', 'labels', 'of', 'across', 'meaning'], rows);
}

function labelsOf({ labels = {} }: Metric): string {
  return Object.entries(labels)
    .map(([name, values]) => `\`${name}\`: ${typeof values === 'string' ? values : values.map(quoted).join(', ')}`)
    .join('; ');
}

function quoted(value: string): string {
  return `\`${value}\``;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((_, column) => Math.max(...[head, ...rows].map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`;
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join('\n');
}
