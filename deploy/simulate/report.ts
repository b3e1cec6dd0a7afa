import { estimateQuality } from './estimates.ts';
import type { NamedPolicy } from './options.ts';
import type { Moment, Outcome } from './play.ts';
import type { Sale } from './sale.ts';

interface Played {
  readonly policy: NamedPolicy;
  readonly outcome: Outcome;
}

const percentiles = [1, 10, 50, 90, 99];
const columns = 60;
const bars = ' ▁▂▃▄▅▆▇█';

/** What came of a sale under each policy, as a table with a column each, and charts over time. */
export function report(sale: Sale, played: readonly Played[]): string {
  const rows: [string, ...string[]][] = [
    ['policy', ...played.map(({ policy }) => policy.name)],
    [
      'all sold after',
      ...of(played, ({ soldOutAt, sold }) =>
        soldOutAt === undefined ? `never: ${whole(sold)} of ${whole(sale.seats)}` : time(soldOutAt),
      ),
    ],
    ['let in', ...of(played, ({ admission }) => whole(admission.total))],
    ['  who bought', ...of(played, ({ buyers }) => whole(buyers))],
    ['  and found no seat', ...of(played, ({ tooLate }) => whole(tooLate))],
    ['  and went without one', ...of(played, ({ gaveUp }) => whole(gaveUp))],
    ['  whose time ran out', ...of(played, ({ expired }) => whole(expired))],
    ['went away waiting', ...of(played, ({ left }) => whole(left))],
    ['never let in', ...of(played, ({ admission, left }) => whole(sale.people - admission.total - left))],
    ['seats that came back', ...of(played, ({ returned }) => whole(returned))],
    ['inside at once, at most', ...of(played, ({ activeMax }) => whole(activeMax))],
    ...percentiles.map((percent): [string, ...string[]] => [
      percent === percentiles[0] ? `waited, of those let in: ${percent} %` : `${' '.repeat(25)}${percent} %`,
      ...of(played, (outcome) => time(waitOf(outcome, percent / 100))),
    ]),
    [
      'told waits in their range',
      ...played.map(({ policy, outcome }) => {
        const { covered, medianError, asked } = estimateQuality(outcome, policy);
        return asked === 0 ? '–' : `${Math.round(covered * 100)} %, off by ${Math.round(medianError * 100)} %`;
      }),
    ],
  ];
  const charts = played.flatMap(({ policy, outcome }) => [
    '',
    `${policy.name}: ${time(outcome.endedAt)} from the opening on`,
    ...chart(outcome.moments),
  ]);
  return [`${whole(sale.people)} people, ${whole(sale.seats)} seats`, '', ...table(rows), ...charts].join('\n');
}

/** How long somebody waited, from the opening at the earliest: that quantile of those who were let in. */
export function waitOf({ admittedAt, crowd }: Outcome, quantile: number): number {
  const waits = [...admittedAt].flatMap((at, place) =>
    Number.isNaN(at) ? [] : [at - Math.max(0, crowd.came[place] ?? 0)],
  );
  waits.sort((a, b) => a - b);
  return waits[Math.min(waits.length - 1, Math.floor(quantile * waits.length))] ?? Number.NaN;
}

function of(played: readonly Played[], text: (outcome: Outcome) => string): string[] {
  return played.map(({ outcome }) => text(outcome));
}

function table(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join('   '),
  );
}

function chart(moments: readonly Moment[]): string[] {
  const line = (name: string, value: (moment: Moment) => number): string => {
    const values = Array.from({ length: columns }, (_, column) => {
      const moment = moments[Math.floor((column / columns) * moments.length)];
      return moment === undefined ? 0 : value(moment);
    });
    const max = Math.max(...values, 1);
    const drawn = values.map((one) => bars[Math.ceil((one / max) * (bars.length - 1))] ?? ' ').join('');
    return `  ${name.padEnd(8)} ${drawn} ${whole(max)} at most`;
  };
  return [
    line('waiting', ({ waiting }) => waiting),
    line('inside', ({ active }) => active),
    line('held', ({ held }) => held),
    line('sold', ({ sold }) => sold),
  ];
}

function whole(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}

function time(seconds: number): string {
  if (Number.isNaN(seconds)) return '–';
  const [minutes, rest] = [Math.floor(seconds / 60), Math.round(seconds % 60)];
  return minutes >= 60
    ? `${Math.floor(minutes / 60)} h ${minutes % 60} min`
    : minutes > 0
      ? `${minutes} min ${rest} s`
      : `${rest} s`;
}
