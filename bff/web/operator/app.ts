import { useEffect } from 'preact/hooks';
import { Announcer } from '../announcer.ts';
import { Boundary } from '../boundary.ts';
import { ConnectionNotice } from '../connection-notice.ts';
import type { Language } from '../formats.ts';
import { html, type View } from '../html.ts';
import { language, languages, speak } from '../language.ts';
import { hrefOf, useRoute } from '../route.ts';
import { useSignal } from '../signal.ts';
import { SkipLink } from '../skip-link.ts';
import { Actions } from './actions.ts';
import { ConcertDesk } from './concert-desk.ts';
import { Concerts } from './concerts.ts';
import { ControlRoom } from './control-room.ts';
import { Dates } from './dates.ts';
import { resume, session, signOut } from './desk.ts';
import { Heading } from './heading.ts';
import { MemberDesk } from './member-desk.ts';
import { PaymentDesk } from './payment-desk.ts';
import { ReservationDesk } from './reservation-desk.ts';
import { Search } from './search.ts';
import { SignIn } from './sign-in.ts';
import { dictionary } from './words.ts';

/** The operator's page. */
export function App(): View {
  const words = dictionary.use();
  const route = useRoute();
  const { state } = useSignal(session);
  useEffect(() => void resume(), []);
  return html`
    <${SkipLink} label=${words.skip} />
    <${Bar} route=${route} isIn=${state === 'in'} />
    <${ConnectionNotice} away=${words.away} busy=${words.busy} />
    <main class="frame desk" id="main" tabindex="-1">
      <${Boundary} key=${`${state} ${route.join('/')}`} fallback=${() => html`<${Broken} />`}>
        ${state === 'in' && html`<${Place} route=${route} />`} ${state === 'out' && html`<${SignIn} />`}
      <//>
    </main>
    <${Announcer} />
  `;
}

/** The places that are about one thing with a number. */
const numbered: Readonly<Record<string, (props: { readonly id: number }) => View>> = {
  dates: ControlRoom,
  concerts: ConcertDesk,
  reservations: ReservationDesk,
  payments: PaymentDesk,
};

function Place({ route }: { readonly route: readonly string[] }): View {
  const [place = '', id = ''] = route;
  if (place === '') return html`<${Dates} />`;
  if (place === 'concerts' && id === '') return html`<${Concerts} />`;
  if (place === 'search') return html`<${Search} />`;
  if (place === 'actions') return html`<${Actions} />`;
  if (place === 'members' && id !== '') return html`<${MemberDesk} id=${id} key=${id} />`;
  const desk = /^[1-9][0-9]{0,15}$/.test(id) ? numbered[place] : undefined;
  return desk === undefined ? html`<${NotFound} />` : html`<${desk} id=${Number(id)} key=${id} />`;
}

function Bar({ route, isIn }: { readonly route: readonly string[]; readonly isIn: boolean }): View {
  const words = dictionary.use();
  const [place = ''] = route;
  const link = (to: string, words: string, ...more: string[]): View =>
    html`<a
      class="bar-link"
      href=${to === '' ? hrefOf() : hrefOf(to)}
      aria-current=${[to, ...more].includes(place) ? 'page' : undefined}
      >${words}</a
    >`;
  return html`<header class="bar">
    <div class="bar-inside desk-bar">
      <a class="brand" href=${hrefOf()}>Boxoffice <span class="brand-part">${words.operator}</span></a>
      ${
        isIn &&
        html`<nav class="bar-links" aria-label=${words.navigation}>
          ${link('', words.navDates, 'dates')}${link('concerts', words.navConcerts)}
          ${link('search', words.navSearch, 'members', 'reservations', 'payments')}${link('actions', words.navActions)}
        </nav>`
      }
      <div class="bar-links">
        <${LanguageSwitch} />
        ${isIn && html`<button type="button" class="bar-link" onClick=${signOut}>${words.signOut}</button>`}
      </div>
    </div>
  </header>`;
}

function LanguageSwitch(): View {
  const words = dictionary.use();
  const spoken = useSignal(language);
  return html`<div class="languages" role="group" aria-label=${words.language}>
    ${(Object.keys(languages) as Language[]).map(
      (tag) =>
        html`<button
          type="button"
          key=${tag}
          lang=${tag}
          class="bar-link"
          aria-pressed=${tag === spoken ? 'true' : 'false'}
          onClick=${() => speak(tag)}
        >
          ${languages[tag]}
        </button>`,
    )}
  </div>`;
}

function Broken(): View {
  const words = dictionary.use();
  return html`<section class="stack">
    <${Heading} title=${words.brokenTitle} />
    <p><button type="button" class="button" onClick=${() => location.reload()}>${words.reload}</button></p>
  </section>`;
}

function NotFound(): View {
  const words = dictionary.use();
  return html`<section class="stack">
    <${Heading} title=${words.notFoundTitle} />
    <p><a class="button" href=${hrefOf()}>${words.navDates}</a></p>
  </section>`;
}
