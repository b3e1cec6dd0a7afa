import { useState } from 'preact/hooks';
import { BusyButton } from '../button.ts';
import { html, type View } from '../html.ts';
import { goTo, hrefOf } from '../route.ts';
import type { Concert } from '../answers.ts';
import { ConcertFields, emptyConcert } from './concert-fields.ts';
import { useDeed } from './deed.ts';
import { act } from './desk.ts';
import { fieldFaultsOf, RestOfFault } from './fault.ts';
import { Heading } from './heading.ts';
import { More } from './more.ts';
import { usePages } from './pages.ts';
import { dictionary } from './words.ts';

/** All concerts, and a new one. */
export function Concerts(): View {
  const words = dictionary.use();
  const pages = usePages<'concerts', Concert>('/v1/concerts', 'concerts');
  return html`<section class="stack-wide">
    <${Heading} title=${words.concertsTitle} />
    <div class="room">
      <div class="stack">
        ${
          pages.items !== undefined &&
          pages.items.length > 0 &&
          html`<ul class="stack">
            ${pages.items.map(
              (concert) =>
                html`<li key=${concert.id} class="card date-card">
                  <div class="stack-small">
                    <h2><a class="stretched" href=${hrefOf('concerts', concert.id)}>${concert.name}</a></h2>
                    <p class="soft small">${concert.venue}</p>
                  </div>
                </li>`,
            )}
          </ul>`
        }
        <${More} pages=${pages} empty=${words.noConcerts} />
      </div>
      <${NewConcert} />
    </div>
  </section>`;
}

function NewConcert(): View {
  const words = dictionary.use();
  const [concert, setConcert] = useState(emptyConcert);
  const { busy, error, run } = useDeed();
  const faults = fieldFaultsOf(words, error);
  const save = (): void => {
    if (busy) return;
    run(
      () => act<Concert>('POST', '/v1/admin/concerts', concert),
      ({ id }) => goTo(hrefOf('concerts', id)),
    );
  };
  return html`<section class="card stack" aria-labelledby="new-concert-title">
    <div class="stack-small">
      <h2 id="new-concert-title">${words.newConcert}</h2>
      <p class="small soft">${words.newConcertText}</p>
    </div>
    <form
      class="stack"
      novalidate
      onSubmit=${(event: Event) => {
        event.preventDefault();
        save();
      }}
    >
      <${ConcertFields} concert=${concert} onChange=${setConcert} faults=${faults} />
      <${RestOfFault} error=${error} faults=${faults} shown=${['name', 'description', 'venue']} />
      <div><${BusyButton} busy=${busy} onClick=${save}>${words.createConcert}<//></div>
    </form>
  </section>`;
}
