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
import { Concerts } from './concerts.ts';
import { Dates } from './dates.ts';
import { Heading } from './heading.ts';
import { Line } from './line.ts';
import { Mine } from './mine.ts';
import { Payment } from './payment.ts';
import { Seats } from './seats.ts';
import { beginSession, beNobody, session } from './session.ts';
import { Ticket } from './ticket.ts';
import { Members } from './who.ts';
import { dictionary } from './words.ts';

/** The buyer's page. */
export function App(): View {
  const words = dictionary.use();
  const route = useRoute();
  useEffect(() => void beginSession(), []);
  return html`
    <${SkipLink} label=${words.skip} />
    <${Bar} route=${route} />
    <${ConnectionNotice} away=${words.away} busy=${words.busy} />
    <main class="frame" id="main" tabindex="-1">
      <${Boundary} key=${route.join('/')} fallback=${() => html`<${Broken} />`}>
        <${Step} route=${route} />
      <//>
    </main>
    <footer class="foot">
      <div class="bar-inside"><span>${words.footer}</span></div>
    </footer>
    <${Announcer} />
  `;
}

function Step({ route }: { readonly route: readonly string[] }): View {
  const [place = '', id = '', part = ''] = route;
  const isId = /^[1-9][0-9]{0,15}$/.test(id);
  const number = Number(id);
  if (place === '') return html`<${Concerts} />`;
  if (place === 'concerts' && isId) return html`<${Dates} concertId=${id} key=${id} />`;
  if (place === 'me')
    return html`<${Members}>${(memberId: string) => html`<${Mine} memberId=${memberId} key=${memberId} />`}<//>`;
  const step = isId ? steps[`${place}/${part}`] : undefined;
  if (step === undefined) return html`<${NotFound} />`;
  return html`<${Members}
    >${(memberId: string) => html`<${step} id=${number} memberId=${memberId} key=${`${id} ${memberId}`} />`}<//
  >`;
}

/** The steps that belong to a member. */
const steps: Readonly<Record<string, (props: StepProps) => View>> = {
  'dates/line': Line,
  'dates/seats': Seats,
  'reservations/payment': Payment,
  'reservations/': Ticket,
};

/** What a step is about. */
interface StepProps {
  readonly id: number;
  readonly memberId: string;
}

function Bar({ route }: { readonly route: readonly string[] }): View {
  const words = dictionary.use();
  const current = useSignal(session);
  const page = (isHere: boolean): 'page' | undefined => (isHere ? 'page' : undefined);
  return html`<header class="bar">
    <div class="bar-inside">
      <a class="brand" href=${hrefOf()} aria-label=${words.home}><${Mark} />Boxoffice</a>
      <nav class="bar-links" aria-label=${words.navigation}>
        <a class="bar-link" href=${hrefOf()} aria-current=${page(route.length === 0)}>${words.navConcerts}</a>
        <a class="bar-link" href=${hrefOf('me')} aria-current=${page(route[0] === 'me')}>${words.navMine}</a>
      </nav>
      ${
        current.state === 'open' &&
        current.memberId !== undefined &&
        html`<button class="bar-link member" onClick=${beNobody} aria-label=${words.changeMember(current.memberId)}>
          <span aria-hidden="true">◉ ${current.memberId}</span>
        </button>`
      }
      <${LanguageSwitch} />
    </div>
  </header>`;
}

function LanguageSwitch(): View {
  const words = dictionary.use();
  const spoken = useSignal(language);
  return html`<div class="switch" role="group" aria-label=${words.language}>
    ${(Object.keys(languages) as Language[]).map(
      (tag) =>
        html`<button key=${tag} lang=${tag} aria-pressed=${tag === spoken} onClick=${() => speak(tag)}>
          ${languages[tag]}
        </button>`,
    )}
  </div>`;
}

function Mark(): View {
  return html`<svg viewBox="0 0 28 20" aria-hidden="true">
    <path class="mark" d="M1 1h26v6a3 3 0 0 0 0 6v6H1v-6a3 3 0 0 0 0-6z" />
    <path class="mark-cut" d="M19 2.5v15" />
  </svg>`;
}

function Broken(): View {
  const words = dictionary.use();
  return html`<section class="stack narrow">
    <${Heading} title=${words.brokenTitle} />
    <p>${words.broken}</p>
    <p><button class="button" onClick=${() => location.reload()}>${words.reload}</button></p>
  </section>`;
}

function NotFound(): View {
  const words = dictionary.use();
  return html`<section class="stack narrow">
    <${Heading} title=${words.notFoundTitle} />
    <p>${words.notFound}</p>
    <p><a class="button" href=${hrefOf()}>${words.toConcerts}</a></p>
  </section>`;
}
