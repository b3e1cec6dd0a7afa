import { get } from '../call.ts';
import { html, type View } from '../html.ts';
import { useFormats } from '../language.ts';
import { useLoading } from '../loading.ts';
import { hrefOf } from '../route.ts';
import { useSignal } from '../signal.ts';
import type { Concert, Schedule } from '../answers.ts';
import { BusyButton } from '../button.ts';
import { Skeletons } from './concerts.ts';
import { usePages } from './pages.ts';
import { Fault } from './fault.ts';
import { Heading } from './heading.ts';
import { keepSchedule, keptTicket } from './kept-tickets.ts';
import { memberOf, session } from './session.ts';
import { dictionary } from './words.ts';

/** The dates of a concert. */
export function Dates({ concertId }: { readonly concertId: string }): View {
  const words = dictionary.use();
  const path = `/v1/concerts/${encodeURIComponent(concertId)}`;
  const concert = useLoading((signal) => get<Concert>(path, { signal }), [path]);
  const { items, error, more, again } = usePages<'schedules', Schedule>(`${path}/schedules`, 'schedules');
  const fault = concert.error ?? error;
  return html`<section class="stack-wide">
    <div class="stack">
      <p class="small"><a href=${hrefOf()}>← ${words.allConcerts}</a></p>
      <${Heading} title=${concert.value?.name ?? words.datesTitle} />
      ${
        concert.value &&
        html`<p class="lead">${concert.value.description}</p>
          <p class="soft">${concert.value.venue}</p>`
      }
    </div>
    ${fault !== undefined && html`<${Fault} error=${fault} onRetry=${concert.error === undefined ? again : concert.again} />`}
    ${items === undefined && fault === undefined && html`<${Skeletons} />`}
    ${items?.length === 0 && html`<p>${words.noDates}</p>`}
    ${
      items !== undefined &&
      items.length > 0 &&
      html`<h2 class="unseen">${words.datesTitle}</h2>
        <ul class="stubs">
          ${items.map((schedule) => html`<li key=${schedule.id}><${DateStub} schedule=${schedule} /></li>`)}
        </ul>`
    }
    ${more && html`<p><${BusyButton} class="plain" busy=${more.busy} onClick=${more.load}>${words.showMore}<//></p>`}
  </section>`;
}

// Below a fifth of the seats it is worth hurrying.
const fewPart = 0.2;

function DateStub({ schedule }: { readonly schedule: Schedule }): View {
  const words = dictionary.use();
  const formats = useFormats();
  const member = memberOf(useSignal(session));
  const { id, date, remainingSeats, totalSeats, bookingClosesAt, state } = schedule;
  const { day, month, weekday, year } = formats.dayParts(date);
  const inLine = member !== undefined && keptTicket(id, member) !== undefined;
  const few = remainingSeats > 0 && remainingSeats <= totalSeats * fewPart;
  return html`<article class="stub date">
    <div class="stub-day" aria-hidden="true"><span>${month}</span><strong>${day}</strong><span>${year}</span></div>
    <div class="stub-main">
      <h3><span class="unseen">${formats.day(date)}</span><span aria-hidden="true">${weekday}</span></h3>
      <p>
        ${words.seatsLeft(formats.number(remainingSeats), formats.number(totalSeats))}${' '}
        ${remainingSeats === 0 && html`<span class="badge">${words.soldOut}</span>`}
        ${few && html`<span class="badge warn">${words.fewLeft}</span>`}
      </p>
      <p class="small soft">${words.bookUntil(formats.moment(bookingClosesAt))}</p>
    </div>
    <div class="stub-side">
      ${
        state === 'CANCELLED'
          ? html`<span class="badge bad">${words.calledOff}</span>`
          : html`<a
              class="button small stretched"
              href=${hrefOf('dates', id, 'line')}
              onClick=${() => keepSchedule(schedule)}
            >
              ${inLine ? words.continueLine : words.joinLine}<span class="unseen">: ${formats.day(date)}</span>
            </a>`
      }
    </div>
  </article>`;
}
