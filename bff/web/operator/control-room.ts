import { html, type View } from '../html.ts';
import { useFormats } from '../language.ts';
import { hrefOf } from '../route.ts';
import type { Live } from '../answers.ts';
import { Charts } from './charts.ts';
import { Fault } from './fault.ts';
import { Heading } from './heading.ts';
import { useLive } from './live.ts';
import { PolicyControls } from './policy-controls.ts';
import { Prices } from './prices.ts';
import { Skeletons } from './skeletons.ts';
import { StateBadge } from './state-badge.ts';
import { Steering } from './steering.ts';
import { dictionary } from './words.ts';

/** Where a date is watched and steered. */
export function ControlRoom({ id }: { readonly id: number }): View {
  const words = dictionary.use();
  const { live, samples, error, know } = useLive(id);
  if (live === undefined) {
    return html`<section class="stack">
      <${Heading} title=${words.dateNumber(id)} />
      ${error === undefined ? html`<${Skeletons} />` : html`<${Fault} error=${error} />`}
    </section>`;
  }
  return html`<section class="stack-wide">
    <${Head} live=${live} />
    ${error !== undefined && html`<${Fault} error=${error} />`}
    <${Steering} live=${live} onQueue=${know} />
    <${BigNumbers} live=${live} />
    <div class="room control">
      <${Charts} samples=${samples} />
      <${PolicyControls} queue=${live.queue} onQueue=${know} />
      <${Prices} scheduleId=${id} currency=${live.currency} />
    </div>
  </section>`;
}

function Head({ live }: { readonly live: Live }): View {
  const words = dictionary.use();
  const formats = useFormats();
  const { schedule, queue } = live;
  const booking = words.bookingWindow(
    formats.moment(schedule.bookingOpensAt),
    formats.moment(schedule.bookingClosesAt),
  );
  const opening = queue.state === 'SCHEDULED' ? [words.opensAt(formats.moment(queue.opensAt))] : [];
  return html`<div class="stack-small">
    <p class="eyebrow"><a href=${hrefOf()}>${words.datesTitle}</a> · ${words.dateNumber(schedule.id)}</p>
    <div class="spread">
      <${Heading} title=${schedule.concertName} />
      <p class="row">
        ${schedule.state === 'CANCELLED' && html`<${StateBadge} state="CANCELLED" />`}
        <${StateBadge} state=${queue.state} />
      </p>
    </div>
    <p class="soft">${[formats.day(schedule.date), booking, ...opening].join(' · ')}</p>
    <p class="small"><a href=${hrefOf('concerts', schedule.concertId)}>${words.toConcert}</a></p>
  </div>`;
}

function BigNumbers({ live }: { readonly live: Live }): View {
  const words = dictionary.use();
  const { number, money } = useFormats();
  const { queue, seats, payments, schedule } = live;
  const numbers: readonly (readonly [string, string, string?])[] = [
    [words.waiting, number(queue.waiting), words.issued(number(queue.issuedTotal))],
    [words.inside, number(queue.admitted), words.admittedTotal(number(queue.admittedTotal))],
    [words.sold, number(seats.sold), words.ofSeats(number(schedule.totalSeats))],
    [words.held, number(seats.held), words.openSeats(number(seats.open))],
    [words.payments, number(payments.paid), words.otherPayments(payments)],
    [words.revenue, money(live.revenue, live.currency)],
  ];
  return html`<dl class="big-numbers">
    ${numbers.map(
      ([name, value, more], index) =>
        // Money needs more room than a count.
        html`<div key=${name} class=${index === numbers.length - 1 ? 'card wide' : 'card'}>
          <dt>${name}</dt>
          <dd>${value}</dd>
          ${more !== undefined && html`<dd class="small soft">${more}</dd>`}
        </div>`,
    )}
  </dl>`;
}
