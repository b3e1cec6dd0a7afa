import { html, type View } from '../html.ts';
import { useFormats } from '../language.ts';
import { Chart } from './chart.ts';
import { series, type Sample, type Series } from './live-samples.ts';
import { dictionary } from './words.ts';

const digits: Readonly<Partial<Record<Series, number>>> = { admissionsPerSecond: 1, errorsPerSecond: 1 };
const tones: Readonly<Record<Series, string>> = {
  waiting: 'tone-1',
  admitted: 'tone-2',
  admissionsPerSecond: 'tone-2',
  sold: 'tone-3',
  paid: 'tone-3',
  errorsPerSecond: 'tone-4',
};

const rowsMax = 20;
const rowMs = 30_000;

/** How a date went in the last ten minutes: a line for each figure, and the same as a table. */
export function Charts({ samples }: { readonly samples: readonly Sample[] }): View {
  const words = dictionary.use();
  return html`<section class="stack" aria-labelledby="charts-title">
    <h2 id="charts-title">${words.chartsTitle}</h2>
    <div class="charts">
      ${series.map(
        (name) =>
          html`<${Chart}
            key=${name}
            title=${words.series[name]}
            tone=${tones[name]}
            digits=${digits[name]}
            points=${samples.map((sample) => ({ atMs: sample.atMs, value: sample[name] }))}
          />`,
      )}
    </div>
    <details>
      <summary>${words.asTable}</summary>
      <${Table} samples=${samples} />
    </details>
  </section>`;
}

function Table({ samples }: { readonly samples: readonly Sample[] }): View {
  const words = dictionary.use();
  const formats = useFormats();
  return html`<div class="scroll" tabindex="0" role="region" aria-label=${words.asTable}>
    <table class="table">
      <thead>
        <tr>
          <th scope="col">${words.time}</th>
          ${series.map((name) => html`<th scope="col" class="figure" key=${name}>${words.series[name]}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${spacedOut(samples).map(
          (sample) =>
            html`<tr key=${sample.atMs}>
              <th scope="row">${formats.clock(sample.atMs)}</th>
              ${series.map(
                (name) =>
                  html`<td class="figure" key=${name}>
                    ${sample[name] === null ? '–' : formats.number(Number(sample[name].toFixed(digits[name] ?? 0)))}
                  </td>`,
              )}
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}

/** The newest sample, and one each half minute before it. */
function spacedOut(samples: readonly Sample[]): Sample[] {
  const rows: Sample[] = [];
  for (const sample of samples.toReversed()) {
    const last = rows.at(-1);
    if (last === undefined || last.atMs - sample.atMs >= rowMs) rows.push(sample);
    if (rows.length === rowsMax) break;
  }
  return rows;
}
