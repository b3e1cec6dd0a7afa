import { styleText } from 'node:util';

import { longestGapMs, quantileMs, type Phase } from './record.ts';
import type { RollResult } from './run.ts';

const titles = [
  'ended',
  'gone after',
  'well after',
  'purchases',
  'longest gap',
  'p50',
  'p99',
  'streams',
  'unretryable',
  'tried again',
] as const;
const faultsMax = 10;

/** What happened as a table for the terminal: a line each, what is wrong below it. */
export function rollTable({ phases, overruns }: RollResult): string {
  const rows = phases.map(cellsOf);
  const widths = titles.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]): string =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd();
  const lines = phases.flatMap(({ faults }, index) => {
    const below = faults.slice(0, faultsMax).map((fault) => styleText('red', `    ${fault}`));
    const more = faults.length > faultsMax ? [styleText('red', `    and ${faults.length - faultsMax} more`)] : [];
    return [`  ${line(rows[index] ?? [])}`, ...below, ...more];
  });
  const late = overruns === 0 ? [] : [`  ${overruns} purchases did not begin: choose a lower --rate for this machine.`];
  return [styleText('dim', `  ${line(titles)}`), ...lines, ...late].join('\n');
}

function cellsOf(phase: Phase): readonly string[] {
  const { name, goneAfterMs, wellAfterMs, purchasesMs, answersMs, retries, streamsEnded, streamsResumed } = phase;
  const tries = [...retries].map(([reason, count]) => `${count} ${reason}`).join(', ');
  return [
    name,
    inSeconds(goneAfterMs),
    inSeconds(wellAfterMs),
    `${purchasesMs.length}`,
    `${Math.round(longestGapMs(phase))} ms`,
    `${Math.round(quantileMs(answersMs, 0.5))} ms`,
    `${Math.round(quantileMs(answersMs, 0.99))} ms`,
    streamsEnded === 0 ? '-' : `${streamsEnded} ended, ${streamsResumed} went on`,
    `${phase.faults.length}`,
    tries === '' ? '-' : tries,
  ];
}

function inSeconds(ms: number | undefined): string {
  return ms === undefined ? '-' : `${(ms / 1_000).toFixed(1)} s`;
}
