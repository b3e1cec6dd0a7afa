import { html, type View } from '../html.ts';
import { useFormats } from '../language.ts';
import { dictionary } from './words.ts';

/** A section to be drawn: rows of equally many seats at one price. */
export interface Section {
  readonly name: string;
  readonly rows: number;
  readonly seatsPerRow: number;
  readonly price: number;
}

const seat = 8;
const gap = 3;
const pitch = seat + gap;
const betweenSections = 14;
const stageHeight = 14;
/** Beyond so many seats, a row is drawn as one bar. */
const seatsDrawnMax = 6_000;
const tones = 5;

/** A layout as it will be: the stage, then a section behind the other, coloured by price. */
export function SeatPlan({
  sections,
  currency,
}: {
  readonly sections: readonly Section[];
  readonly currency: string;
}): View {
  const words = dictionary.use();
  const { number, money } = useFormats();
  const seats = sections.reduce((sum, { rows, seatsPerRow }) => sum + rows * seatsPerRow, 0);
  const prices = [...new Set(sections.map(({ price }) => price))].toSorted((a, b) => b - a);
  const toneOf = (price: number): number => Math.min(prices.indexOf(price), tones - 1);
  const width = Math.max(10 * pitch, ...sections.map(({ seatsPerRow }) => seatsPerRow * pitch));
  let top = stageHeight + betweenSections;
  const drawn = sections.map((section) => {
    const path = pathOf(section, { width, top, whole: seats <= seatsDrawnMax });
    top += section.rows * pitch + betweenSections;
    return { path, tone: toneOf(section.price) };
  });
  return html`<figure class="seat-plan stack-small">
    <svg viewBox=${`0 0 ${width} ${top}`} role="img" aria-label=${words.planLabel(number(seats), sections.length)}>
      <path class="plan-stage" d=${`M${width * 0.2} 0h${width * 0.6}l-8 ${stageHeight}h${16 - width * 0.6}z`} />
      ${drawn.map(({ path, tone }, index) => html`<path key=${index} class=${`plan-seat price-${tone}`} d=${path} />`)}
    </svg>
    <figcaption>
      <ul class="legend small">
        ${sections.map(
          ({ name, rows, seatsPerRow, price }, index) =>
            html`<li key=${index}>
              <svg class="swatch" viewBox="0 0 8 8" aria-hidden="true">
                <path class=${`plan-seat price-${toneOf(price)}`} d="M0 0h8v8h-8z" />
              </svg>
              <span>${name === '' ? '–' : name}</span>
              <span class="soft">${words.seatCount(number(rows * seatsPerRow))} · ${money(price, currency)}</span>
            </li>`,
        )}
      </ul>
      <p class="small"><strong>${words.seatCount(number(seats))}</strong></p>
    </figcaption>
  </figure>`;
}

interface Room {
  readonly width: number;
  readonly top: number;
  /** Each seat by itself. */
  readonly whole: boolean;
}

function pathOf({ rows, seatsPerRow }: Section, { width, top, whole }: Room): string {
  const left = (width - seatsPerRow * pitch + gap) / 2;
  let path = '';
  for (let row = 0; row < rows; row++) {
    const y = top + row * pitch;
    if (!whole) path += `M${left} ${y}h${seatsPerRow * pitch - gap}v${seat}h${gap - seatsPerRow * pitch}z`;
    for (let column = 0; whole && column < seatsPerRow; column++) {
      path += `M${left + column * pitch} ${y}h${seat}v${seat}h${-seat}z`;
    }
  }
  return path;
}
