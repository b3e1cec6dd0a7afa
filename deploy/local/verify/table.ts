import { styleText } from 'node:util';

import type { Finding } from './check.ts';

const marks = { holds: ['green', '✓'], violated: ['red', '✗'], 'not judged': ['yellow', '–'] } as const;
const valueLengthMax = 60;

/** The findings as a table for the terminal: a line each, the rows of a violation below it. */
export function findingsTable(findings: readonly Finding[]): string {
  const idWidth = Math.max(...findings.map(({ id }) => id.length));
  const lines = findings.flatMap(({ id, title, verdict, rows, why, tookMs }) => {
    const [style, mark] = marks[verdict];
    const indent = ' '.repeat(idWidth + 6);
    const time = styleText('dim', `${Math.ceil(tookMs)} ms`);
    const line =
      `  ${id.padEnd(idWidth)}  ${styleText(style, mark)} ${title}  ${why === undefined ? time : ''}`.trimEnd();
    const reason = why === undefined ? [] : [`${indent}${styleText('dim', why)}`];
    return [line, ...reason, ...rows.map((row) => indent + styleText('red', rowText(row)))];
  });
  return [...lines, '', summary(findings)].join('\n');
}

function summary(findings: readonly Finding[]): string {
  const count = (verdict: Finding['verdict']): number =>
    findings.filter((finding) => finding.verdict === verdict).length;
  const violated = count('violated');
  const skipped = count('not judged');
  const words = [
    violated === 0 ? `${count('holds')} hold` : `${violated} of ${findings.length} violated`,
    ...(skipped > 0 ? [`${skipped} not judged`] : []),
  ];
  return `  ${styleText(violated === 0 ? 'green' : 'red', words.join(', '))}`;
}

function rowText(row: Readonly<Record<string, unknown>>): string {
  return Object.entries(row)
    .map(([name, value]) => `${name}=${valueText(value)}`)
    .join(' ');
}

function valueText(value: unknown): string {
  if (value instanceof Date) return value.toISOString();
  const text = JSON.stringify(value, (_, part: unknown) => (typeof part === 'bigint' ? part.toString() : part));
  const plain = (text as string | undefined)?.replaceAll('"', '') ?? 'null';
  return plain.length > valueLengthMax ? `${plain.slice(0, valueLengthMax)}…` : plain;
}
