import { useState } from 'preact/hooks';
import type { Formats } from '../formats.ts';
import { html, type View } from '../html.ts';
import { useFormats } from '../language.ts';
import type { Seat } from '../answers.ts';
import { SeatGrid } from './seat-grid.ts';
import type { SeatMap, SeatSection } from './seat-map.ts';
import { dictionary } from './words.ts';

interface HouseProps {
  readonly map: SeatMap;
  readonly currency: string;
  readonly chosen: ReadonlySet<number>;
  readonly onToggle: (seat: Seat) => void;
}

// More seats than this are shown a section at a time.
const atOnceMax = 600;
const zooms = [0.75, 1, 1.5, 2] as const;
const usualZoom = 1;

/** The house: the stage, and the seats in front of it; of a big house, its sections first. */
export function House({ map, currency, chosen, onToggle }: HouseProps): View {
  const words = dictionary.use();
  const [open, setOpen] = useState<string | undefined>(undefined);
  const [zoom, setZoom] = useState(usualZoom);
  const isBig = map.total > atOnceMax && map.sections.length > 1;
  const shown = isBig ? map.sections.filter(({ section }) => section === open) : map.sections;
  const size = zooms[zoom] ?? 1;
  return html`<div class="house">
    <div class="stage-edge" aria-hidden="true"><span>${words.stage}</span></div>
    ${isBig && html`<${Sections} map=${map} currency=${currency} open=${open} onOpen=${setOpen} />`}
    ${shown.map(
      (section) =>
        html`<section class="stack section" key=${section.section}>
          ${section.section !== '' && html`<${SectionTitle} section=${section} currency=${currency} />`}
          <${SeatGrid} section=${section} currency=${currency} chosen=${chosen} zoom=${size} onToggle=${onToggle} />
        </section>`,
    )}
    ${
      shown.length > 0 &&
      html`<div class="spread">
          <${Legend} />
          <div class="row" role="group" aria-label=${words.zoom}>
            <button
              class="button plain small round"
              aria-label=${words.zoomOut}
              disabled=${zoom === 0}
              onClick=${() => setZoom(zoom - 1)}
            >
              −
            </button>
            <button
              class="button plain small round"
              aria-label=${words.zoomIn}
              disabled=${zoom === zooms.length - 1}
              onClick=${() => setZoom(zoom + 1)}
            >
              +
            </button>
          </div>
        </div>
        <p class="small soft keys">${words.howToMap}</p>`
    }
  </div>`;
}

interface SectionsProps {
  readonly map: SeatMap;
  readonly currency: string;
  readonly open: string | undefined;
  readonly onOpen: (section: string) => void;
}

function Sections({ map, currency, open, onOpen }: SectionsProps): View {
  const words = dictionary.use();
  const formats = useFormats();
  return html`<ul class="sections" aria-label=${words.sections}>
    ${map.sections.map(
      (section) =>
        html`<li key=${section.section}>
          <button
            class="section-card"
            aria-pressed=${section.section === open}
            onClick=${() => onOpen(section.section)}
          >
            <strong>${section.section}</strong>
            <span>${pricesOf(section, currency, formats)}</span>
            <span class="small"
              >${section.free === 0 ? words.soldOut : words.sectionFree(formats.number(section.free))}</span
            >
            <span class="meter" aria-hidden="true"
              ><span style=${{ width: `${(100 * section.free) / section.total}%` }}></span
            ></span>
          </button>
        </li>`,
    )}
  </ul>`;
}

function SectionTitle({ section, currency }: { readonly section: SeatSection; readonly currency: string }): View {
  const words = dictionary.use();
  const formats = useFormats();
  return html`<div class="spread">
    <h2>${words.section(section.section)}</h2>
    <p class="soft">
      ${words.perSeat(pricesOf(section, currency, formats))} · ${words.sectionFree(formats.number(section.free))}
    </p>
  </div>`;
}

function pricesOf({ priceMin, priceMax }: SeatSection, currency: string, formats: Formats): string {
  const least = formats.money(priceMin, currency);
  return priceMin === priceMax ? least : `${least}–${formats.money(priceMax, currency)}`;
}

function Legend(): View {
  const words = dictionary.use();
  const signs = [
    ['OPEN', words.legendOpen],
    ['CHOSEN', words.legendChosen],
    ['HELD', words.legendHeld],
    ['SOLD', words.legendSold],
  ] as const;
  return html`<ul class="legend" aria-label=${words.legend}>
    ${signs.map(
      ([status, name]) =>
        html`<li key=${status}><span class="seat sample" data-status=${status} aria-hidden="true"></span>${name}</li>`,
    )}
  </ul>`;
}
