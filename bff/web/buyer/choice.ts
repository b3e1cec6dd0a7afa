import { useEffect, useState } from 'preact/hooks';
import { BusyButton } from '../button.ts';
import { html, type View } from '../html.ts';
import { useFormats } from '../language.ts';
import type { Seat } from '../answers.ts';
import { placesOf, seatsMax } from './places.ts';
import { dictionary } from './words.ts';

interface ChoiceProps {
  readonly seats: readonly Seat[];
  readonly currency: string;
  readonly busy: boolean;
  readonly onHold: () => void;
  readonly onBest: (count: number) => void;
  readonly onClear: () => void;
}

/** What is chosen and costs, always in sight; while nothing is, the way to have seats found. */
export function Choice({ seats, currency, busy, onHold, onBest, onClear }: ChoiceProps): View {
  const words = dictionary.use();
  const formats = useFormats();
  if (seats.length === 0) {
    return html`<div class="choice"><${Best} busy=${busy} onBest=${onBest} /></div>`;
  }
  const total = seats.reduce((sum, { price }) => sum + price, 0);
  return html`<div class="choice">
    <div class="choice-words">
      <p role="status"><strong>${words.chosen(seats.length)}</strong> · ${formats.money(total, currency)}</p>
      <p class="small soft">${placesOf(seats)} <button class="link" onClick=${onClear}>${words.clear}</button></p>
    </div>
    <${BusyButton} busy=${busy} onClick=${onHold}>${words.hold}<//>
  </div>`;
}

const usualCount = 2;
// This takes the place of the button that holds the chosen seats, when somebody else was faster with the last of them. A
// click that was meant for that one must not hold others.
const settleMs = 700;

function Best({ busy, onBest }: { readonly busy: boolean; readonly onBest: (count: number) => void }): View {
  const words = dictionary.use();
  const [count, setCount] = useState(usualCount);
  const [settled, setSettled] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(true), settleMs);
    return () => clearTimeout(timer);
  }, []);
  return html`
    <div class="choice-words">
      <p><strong>${words.best}</strong></p>
      <div class="stepper">
        <button
          class="button plain small round"
          aria-label=${words.bestFewer}
          disabled=${count === 1}
          onClick=${() => setCount(count - 1)}
        >
          −
        </button>
        <span aria-live="polite">${words.bestHow(count)}</span>
        <button
          class="button plain small round"
          aria-label=${words.bestMore}
          disabled=${count === seatsMax}
          onClick=${() => setCount(count + 1)}
        >
          +
        </button>
      </div>
    </div>
    <${BusyButton} busy=${busy} disabled=${!settled} onClick=${() => onBest(count)}>${words.bestButton}<//>
  `;
}
