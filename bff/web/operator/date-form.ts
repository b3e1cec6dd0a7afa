import { useState } from 'preact/hooks';
import { announce } from '../announcer.ts';
import { BusyButton } from '../button.ts';
import { html, type View } from '../html.ts';
import { useFormats } from '../language.ts';
import { hrefOf } from '../route.ts';
import type { Schedule } from '../answers.ts';
import { bodyOf, emptyDraft, sectionsOf, type DateDraft } from './date-draft.ts';
import { useDeed } from './deed.ts';
import { act } from './desk.ts';
import { fieldFaultsOf, RestOfFault, type FieldFaults } from './fault.ts';
import { Field } from './field.ts';
import { LayoutEditor } from './layout-editor.ts';
import { policyFields } from './policy-fields.ts';
import { SeatPlan } from './seat-plan.ts';
import { dictionary } from './words.ts';

const datesMax = 31;
const currency = 'KRW';
const shown = [
  'date',
  'holdSeconds',
  'bookingOpensAt',
  'bookingClosesAt',
  'layout',
  'queue.opensAt',
  ...policyFields.map(({ name }) => `queue.${name}`),
];

/** Enters dates of a concert: days, seats, and how their queues begin. */
export function DateForm({ concertId }: { readonly concertId: number }): View {
  const words = dictionary.use();
  const formats = useFormats();
  const [draft, setDraft] = useState(emptyDraft);
  const [made, setMade] = useState<readonly Schedule[]>([]);
  const { busy, error, run } = useDeed();
  const faults = fieldFaultsOf(words, error);
  const change = (part: Partial<DateDraft>): void => setDraft((before) => ({ ...before, ...part }));
  const save = (): void => {
    if (busy) return;
    run(
      () => enter(concertId, draft, setMade),
      () => {
        change({ dates: [''] });
        announce(words.datesMade);
      },
    );
  };
  return html`<section class="card stack" aria-labelledby="new-date-title">
    <h2 id="new-date-title">${words.newDate}</h2>
    <form
      class="stack-wide"
      novalidate
      onSubmit=${(event: Event) => {
        event.preventDefault();
        save();
      }}
    >
      <${Days} draft=${draft} change=${change} faults=${faults} />
      <${LayoutEditor} draft=${draft} change=${change} faults=${faults} />
      <${SeatPlan} sections=${sectionsOf(draft)} currency=${currency} />
      <${QueueBeginning} draft=${draft} change=${change} faults=${faults} />
      <${RestOfFault} error=${error} faults=${faults} shown=${shown} />
      <div><${BusyButton} busy=${busy} onClick=${save}>${words.createDate}<//></div>
    </form>
    ${
      made.length > 0 &&
      html`<div class="notice" role="status">
        ${made.map(
          ({ id, date }) =>
            html`<p key=${id}>${formats.day(date)}: <a href=${hrefOf('dates', id)}>${words.toControlRoom}</a></p>`,
        )}
      </div>`
    }
  </section>`;
}

/** One request a day. Whoever tries again after a fault finds the days that were made, and makes the rest. */
async function enter(
  concertId: number,
  draft: DateDraft,
  tell: (made: (before: readonly Schedule[]) => readonly Schedule[]) => void,
): Promise<void> {
  for (const date of draft.dates) {
    const schedule = await act<Schedule>('POST', `/v1/admin/concerts/${concertId}/schedules`, bodyOf(draft, date));
    tell((before) => [...before, schedule]);
  }
}

interface PartProps {
  readonly draft: DateDraft;
  readonly change: (part: Partial<DateDraft>) => void;
  readonly faults: FieldFaults;
}

function Days({ draft, change, faults }: PartProps): View {
  const words = dictionary.use();
  const { dates } = draft;
  return html`<fieldset class="stack">
    <legend>${words.when}</legend>
    <div class="pair">
      ${dates.map(
        (date, index) =>
          html`<${Field}
            key=${index}
            id=${`date-${index}`}
            type="date"
            label=${dates.length === 1 ? words.day : words.dayNumber(index + 1)}
            value=${date}
            fault=${faults.get('date')}
            onInput=${(text: string) => change({ dates: dates.with(index, text) })}
          />`,
      )}
    </div>
    <div class="row">
      ${
        dates.length < datesMax &&
        html`<button type="button" class="link" onClick=${() => change({ dates: [...dates, ''] })}>
          ${words.addDay}
        </button>`
      }
      ${
        dates.length > 1 &&
        html`<button type="button" class="link" onClick=${() => change({ dates: dates.slice(0, -1) })}>
          ${words.removeDay}
        </button>`
      }
    </div>
    <div class="pair">
      <${Field}
        id="booking-opens"
        type="datetime-local"
        label=${words.bookingOpens}
        hint=${words.bookingOpensHint}
        value=${draft.bookingOpensAt}
        fault=${faults.get('bookingOpensAt')}
        onInput=${(bookingOpensAt: string) => change({ bookingOpensAt })}
      />
      <${Field}
        id="booking-closes"
        type="datetime-local"
        label=${words.bookingCloses}
        hint=${words.bookingClosesHint}
        value=${draft.bookingClosesAt}
        fault=${faults.get('bookingClosesAt')}
        onInput=${(bookingClosesAt: string) => change({ bookingClosesAt })}
      />
      <${Field}
        id="hold-seconds"
        type="number"
        min=${1}
        max=${86_400}
        label=${words.holdSeconds}
        value=${draft.holdSeconds}
        fault=${faults.get('holdSeconds')}
        onInput=${(holdSeconds: string) => change({ holdSeconds })}
      />
    </div>
  </fieldset>`;
}

function QueueBeginning({ draft, change, faults }: PartProps): View {
  const words = dictionary.use();
  return html`<fieldset class="stack">
    <legend>${words.queue}</legend>
    <div class="pair">
      <${Field}
        id="queue-opens"
        type="datetime-local"
        label=${words.queueOpens}
        hint=${words.queueOpensHint}
        value=${draft.queueOpensAt}
        fault=${faults.get('queue.opensAt')}
        onInput=${(queueOpensAt: string) => change({ queueOpensAt })}
      />
      ${policyFields.map(
        ({ name, min, max }) =>
          html`<${Field}
            key=${name}
            id=${`queue-${name}`}
            type="number"
            min=${min}
            max=${max}
            label=${words.policy[name].label}
            hint=${words.policy[name].hint}
            value=${draft.policy[name]}
            fault=${faults.get(`queue.${name}`)}
            onInput=${(text: string) => change({ policy: { ...draft.policy, [name]: text } })}
          />`,
      )}
    </div>
  </fieldset>`;
}
