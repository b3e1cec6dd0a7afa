import { readFile, writeFile } from 'node:fs/promises';

import type { Figure } from './figure.ts';
import type { Circumstances } from './machine.ts';

const title = '# Results of `npm run bench`';
const introduction =
  'Written by `npm run bench -- <suite> --write`; how to read it is in [README.md](README.md). Each scenario names the run\n' +
  'that measured it.';

/** Figures with all that is to be known of them, for a terminal. */
export function inLines(figures: readonly Figure[]): string {
  return figures
    .flatMap(({ what, value, target, met, detail }) => [
      `  ${what}: ${value}`,
      ...(target === undefined ? [] : [`    target: ${target}: ${verdict(met)}`]),
      ...(detail === undefined ? [] : [`    ${detail}`]),
    ])
    .join('\n');
}

/** All figures in a table, for a terminal. */
export function inTable(figures: readonly Figure[]): string {
  const rows = figures.map(({ scenario, what, value, target, met }) => [
    scenario,
    what,
    value,
    target ?? '',
    verdict(met),
  ]);
  return table([['scenario', 'what', 'measured', 'target', ''], ...rows]);
}

function verdict(met: boolean | undefined): string {
  return met === undefined ? '' : met ? 'met' : 'MISSED';
}

/**
 * Writes the figures into a file. Sections of scenarios that were not run this time stay as they are, with the circumstances
 * of their own run.
 */
export async function writeResults(
  path: string,
  figures: readonly Figure[],
  { circumstances, order }: { readonly circumstances: Circumstances; readonly order: readonly string[] },
): Promise<void> {
  const sections = sectionsOf(await readFile(path, 'utf8').catch(() => ''));
  const byScenario = Map.groupBy(figures, ({ scenario }) => scenario);
  for (const [scenario, ofScenario] of byScenario) sections.set(scenario, section(ofScenario, circumstances));
  const text = order.filter((name) => sections.has(name)).map((name) => `## ${name}\n\n${sections.get(name) ?? ''}\n`);
  await writeFile(path, [title, '', introduction, '', text.join('\n')].join('\n'));
}

function section(figures: readonly Figure[], circumstances: Circumstances): string {
  const rows = figures.map(({ what, value, target, met }) => [what, value, target ?? '', verdict(met)]);
  const details = figures.flatMap(({ detail }) => (detail === undefined ? [] : [`- ${detail}`]));
  return [
    table([['what', 'measured', 'target', ''], ...rows]),
    '',
    ...(details.length === 0 ? [] : [...details, '']),
    `Measured: ${circumstances.map(([name, value]) => `${name} ${value}`).join(' · ')}`,
  ].join('\n');
}

/** A table as Prettier has it. */
function table(rows: readonly (readonly string[])[]): string {
  const cells = rows.map((row) => row.map((cell) => cell.replaceAll('|', '\\|')));
  const widths = (cells[0] ?? []).map((_, column) => Math.max(3, ...cells.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]): string =>
    `| ${widths.map((width, column) => (row[column] ?? '').padEnd(width)).join(' | ')} |`;
  const [head = [], ...body] = cells;
  return [line(head), `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`, ...body.map(line)].join('\n');
}

function sectionsOf(text: string): Map<string, string> {
  const [, ...sections] = text.split(/^## /m);
  return new Map(
    sections.map((each) => {
      const end = each.indexOf('\n');
      return [each.slice(0, end).trim(), each.slice(end).trim()];
    }),
  );
}
