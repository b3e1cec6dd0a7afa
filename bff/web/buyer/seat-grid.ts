import { Component } from 'preact';
import { useRef, useState } from 'preact/hooks';
import type { Formats } from '../formats.ts';
import { html, type View } from '../html.ts';
import { useFormats } from '../language.ts';
import type { Seat } from '../answers.ts';
import type { SeatRow, SeatSection } from './seat-map.ts';
import { dictionary } from './words.ts';
import type { Words } from './words/en.ts';

interface SeatGridProps {
  readonly section: SeatSection;
  readonly currency: string;
  readonly chosen: ReadonlySet<number>;
  /** How large the seats are; 1 is as large as fits. */
  readonly zoom: number;
  readonly onToggle: (seat: Seat) => void;
}

/** The seats of a section. One of them is in the tab order; arrow keys go from seat to seat. */
export function SeatGrid({ section, currency, chosen, zoom, onToggle }: SeatGridProps): View {
  const words = dictionary.use();
  const formats = useFormats();
  const grid = useRef<HTMLDivElement>(null);
  const [focused, setFocused] = useState<number | undefined>(undefined);
  const first = section.rows[0]?.seats[0]?.id;
  const widest = section.rows.reduce((most, { seats }) => Math.max(most, seats.length), 0);
  const inTabOrder =
    focused !== undefined && section.rows.some(({ seats }) => seats.some(({ id }) => id === focused)) ? focused : first;
  const move = (event: KeyboardEvent): void => {
    const next = seatFrom(section, inTabOrder, event.key);
    if (next !== undefined) {
      event.preventDefault();
      setFocused(next.id);
      grid.current?.querySelector<HTMLElement>(`[data-seat="${next.id}"]`)?.focus();
    }
  };
  return html`<div class="grid-scroll" tabindex="-1">
    <div
      class="seat-grid"
      role="grid"
      ref=${grid}
      aria-label=${section.section === '' ? words.seatsTitle : words.section(section.section)}
      style=${{ '--seats': widest, '--zoom': zoom }}
      onKeyDown=${move}
    >
      ${section.rows.map(
        (row) =>
          html`<${Row}
            key=${row.row}
            row=${row}
            version=${row.version}
            chosen=${chosenIn(row, chosen)}
            inTabOrder=${row.seats.some(({ id }) => id === inTabOrder) ? inTabOrder : undefined}
            words=${words}
            formats=${formats}
            currency=${currency}
            onToggle=${(seat: Seat) => {
              setFocused(seat.id);
              onToggle(seat);
            }}
          />`,
      )}
    </div>
  </div>`;
}

interface RowProps {
  readonly row: SeatRow;
  readonly version: number;
  /** The ids of the chosen seats in it, as a text: equal texts are equal choices. */
  readonly chosen: string;
  readonly inTabOrder: number | undefined;
  readonly words: Words;
  readonly formats: Formats;
  readonly currency: string;
  readonly onToggle: (seat: Seat) => void;
}

// Of 20,000 seats one changes: one row is drawn again.
class Row extends Component<RowProps> {
  override shouldComponentUpdate(next: RowProps): boolean {
    const { row, version, chosen, inTabOrder, words } = this.props;
    return (
      row !== next.row ||
      version !== next.version ||
      chosen !== next.chosen ||
      inTabOrder !== next.inTabOrder ||
      words !== next.words
    );
  }

  override render({ row, chosen, inTabOrder, words, formats, currency, onToggle }: RowProps): View {
    const ids = new Set(chosen.split(' ').map(Number));
    return html`<div class="seat-row" role="row" aria-label=${row.row === '' ? undefined : words.row(row.row)}>
      <span class="row-name" role="rowheader">${row.row}</span>
      ${row.seats.map((seat) => {
        const isChosen = ids.has(seat.id);
        const status = isChosen ? 'CHOSEN' : seat.status;
        return html`<button
          type="button"
          role="gridcell"
          key=${seat.id}
          class="seat"
          data-seat=${seat.id}
          data-status=${status}
          tabindex=${seat.id === inTabOrder ? 0 : -1}
          aria-selected=${isChosen}
          aria-disabled=${status === 'HELD' || status === 'SOLD' ? 'true' : undefined}
          aria-label=${words.seatLabel(seat.section, seat.row, seat.number, formats.money(seat.price, currency), words.statusOf[status])}
          onClick=${() => onToggle(seat)}
        >
          <span aria-hidden="true">${seat.number}</span>
        </button>`;
      })}
    </div>`;
  }
}

function chosenIn(row: SeatRow, chosen: ReadonlySet<number>): string {
  if (chosen.size === 0) return '';
  return row.seats
    .filter(({ id }) => chosen.has(id))
    .map(({ id }) => id)
    .join(' ');
}

/** Where a key leads from a seat; undefined when nowhere. */
function seatFrom({ rows }: SeatSection, from: number | undefined, key: string): Seat | undefined {
  const y = rows.findIndex(({ seats }) => seats.some(({ id }) => id === from));
  const x = rows[y]?.seats.findIndex(({ id }) => id === from) ?? -1;
  if (y < 0 || x < 0) return undefined;
  const inRow = (row: number, seat: number): Seat | undefined => {
    const seats = rows[row]?.seats;
    return seats?.[Math.max(0, Math.min(seat, seats.length - 1))];
  };
  switch (key) {
    case 'ArrowLeft':
      return inRow(y, x - 1);
    case 'ArrowRight':
      return inRow(y, x + 1);
    case 'ArrowUp':
      return inRow(y - 1, x);
    case 'ArrowDown':
      return inRow(y + 1, x);
    case 'Home':
      return inRow(y, 0);
    case 'End':
      return inRow(y, Infinity);
    case 'PageUp':
      return inRow(0, x);
    case 'PageDown':
      return inRow(rows.length - 1, x);
    default:
      return undefined;
  }
}
