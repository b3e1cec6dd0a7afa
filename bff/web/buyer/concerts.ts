import type { Concert } from '../answers.ts';
import { BusyButton } from '../button.ts';
import { html, type View } from '../html.ts';
import { hrefOf } from '../route.ts';
import { Fault } from './fault.ts';
import { Heading } from './heading.ts';
import { usePages } from './pages.ts';
import { dictionary } from './words.ts';

/** What is on. */
export function Concerts(): View {
  const words = dictionary.use();
  const { items, error, more, again } = usePages<'concerts', Concert>('/v1/concerts', 'concerts');
  return html`<section class="stack-wide">
    <div class="stack">
      <${Heading} title=${words.concertsTitle} />
      <p class="lead">${words.concertsLead}</p>
    </div>
    ${error !== undefined && html`<${Fault} error=${error} onRetry=${again} />`}
    ${items === undefined && error === undefined && html`<${Skeletons} />`}
    ${items?.length === 0 && html`<p>${words.noConcerts}</p>`}
    ${
      items !== undefined &&
      items.length > 0 &&
      html`<ul class="stubs">
        ${items.map((concert) => html`<li key=${concert.id}><${ConcertStub} concert=${concert} /></li>`)}
      </ul>`
    }
    ${more && html`<p><${BusyButton} class="plain" busy=${more.busy} onClick=${more.load}>${words.showMore}<//></p>`}
  </section>`;
}

function ConcertStub({ concert }: { readonly concert: Concert }): View {
  const words = dictionary.use();
  return html`<article class="stub">
    <div class="stub-main">
      <h2>${concert.name}</h2>
      <p class="soft">${concert.description}</p>
    </div>
    <div class="stub-side">
      <p class="small">${concert.venue}</p>
      <a class="button small stretched" href=${hrefOf('concerts', concert.id)}>
        ${words.seeDates}<span class="unseen">: ${concert.name}</span>
      </a>
    </div>
  </article>`;
}

/** What stands where a list is about to come. */
export function Skeletons(): View {
  const words = dictionary.use();
  return html`<div class="stack" role="status">
    <span class="unseen">${words.loading}</span>
    <div class="skeleton"></div>
    <div class="skeleton"></div>
    <div class="skeleton"></div>
  </div>`;
}
