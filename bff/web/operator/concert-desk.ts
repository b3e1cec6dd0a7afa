import { useState } from 'preact/hooks';
import { announce } from '../announcer.ts';
import { BusyButton } from '../button.ts';
import { html, type View } from '../html.ts';
import { useFormats } from '../language.ts';
import { useLoading } from '../loading.ts';
import { hrefOf } from '../route.ts';
import type { Concert, Schedule } from '../answers.ts';
import { ConcertFields, type ConcertText } from './concert-fields.ts';
import { DateForm } from './date-form.ts';
import { useDeed } from './deed.ts';
import { act, read } from './desk.ts';
import { Fault, fieldFaultsOf, RestOfFault } from './fault.ts';
import { Heading } from './heading.ts';
import { More } from './more.ts';
import { usePages } from './pages.ts';
import { Skeletons } from './skeletons.ts';
import { dictionary } from './words.ts';

/** A concert: what is told of it, its dates on sale, and new ones. */
export function ConcertDesk({ id }: { readonly id: number }): View {
  const words = dictionary.use();
  const { value, error, again } = useLoading((signal) => read<Concert>(`/v1/concerts/${id}`, signal), [id]);
  const [changed, setChanged] = useState<Concert | undefined>(undefined);
  const concert = changed ?? value;
  if (concert === undefined) {
    return html`<section class="stack">
      <${Heading} title=${words.concertsTitle} />
      ${error === undefined ? html`<${Skeletons} />` : html`<${Fault} error=${error} onRetry=${again} />`}
    </section>`;
  }
  return html`<section class="stack-wide">
    <div class="stack-small">
      <p class="eyebrow"><a href=${hrefOf('concerts')}>${words.concertsTitle}</a></p>
      <${Heading} title=${concert.name} />
    </div>
    <div class="room">
      <${DateForm} concertId=${id} />
      <div class="stack-wide">
        <${DatesOnSale} concertId=${id} />
        <${EditConcert} concert=${concert} onChanged=${setChanged} />
      </div>
    </div>
  </section>`;
}

function DatesOnSale({ concertId }: { readonly concertId: number }): View {
  const words = dictionary.use();
  const formats = useFormats();
  const pages = usePages<'schedules', Schedule>(`/v1/concerts/${concertId}/schedules`, 'schedules');
  return html`<section class="card stack" aria-labelledby="on-sale-title">
    <h2 id="on-sale-title">${words.onSale}</h2>
    ${
      pages.items !== undefined &&
      pages.items.length > 0 &&
      html`<ul class="stack-small">
        ${pages.items.map(
          (schedule) =>
            html`<li key=${schedule.id} class="spread">
              <a href=${hrefOf('dates', schedule.id)}>${formats.day(schedule.date)}</a>
              <span class="soft small"
                >${words.seatsOf(formats.number(schedule.remainingSeats), formats.number(schedule.totalSeats))}</span
              >
            </li>`,
        )}
      </ul>`
    }
    <${More} pages=${pages} empty=${words.nothingOnSale} />
  </section>`;
}

interface EditConcertProps {
  readonly concert: Concert;
  readonly onChanged: (concert: Concert) => void;
}

function EditConcert({ concert, onChanged }: EditConcertProps): View {
  const words = dictionary.use();
  const { id, name, description, venue } = concert;
  const [text, setText] = useState<ConcertText>({ name, description, venue });
  const { busy, error, run } = useDeed();
  const faults = fieldFaultsOf(words, error);
  const save = (): void => {
    const changed = changesOf(concert, text);
    if (busy || Object.keys(changed).length === 0) return;
    run(
      () => act<Concert>('PATCH', `/v1/admin/concerts/${id}`, changed),
      (answer) => {
        onChanged(answer);
        announce(words.saved(answer.name));
      },
    );
  };
  return html`<section class="card stack" aria-labelledby="edit-title">
    <h2 id="edit-title">${words.editConcert}</h2>
    <form
      class="stack"
      novalidate
      onSubmit=${(event: Event) => {
        event.preventDefault();
        save();
      }}
    >
      <${ConcertFields} concert=${text} onChange=${setText} faults=${faults} />
      <${RestOfFault} error=${error} faults=${faults} shown=${['name', 'description', 'venue']} />
      <div><${BusyButton} class="plain small" busy=${busy} onClick=${save}>${words.save}<//></div>
    </form>
  </section>`;
}

function changesOf(concert: Concert, text: ConcertText): Partial<ConcertText> {
  const names = ['name', 'description', 'venue'] as const;
  return Object.fromEntries(names.filter((name) => text[name] !== concert[name]).map((name) => [name, text[name]]));
}
