import { useEffect } from 'preact/hooks';
import { get } from '../call.ts';
import { html, type View } from '../html.ts';
import { useFormats } from '../language.ts';
import { useLoading } from '../loading.ts';
import { goTo, hrefOf } from '../route.ts';
import type { Reservation } from '../answers.ts';
import { Fault } from './fault.ts';
import { Heading } from './heading.ts';
import { dictionary } from './words.ts';

interface TicketProps {
  readonly id: number;
  readonly memberId: string;
}

/** A reservation that is paid: the ticket. */
export function Ticket({ id, memberId }: TicketProps): View {
  const words = dictionary.use();
  const path = `/v1/reservations/${id}?memberId=${encodeURIComponent(memberId)}`;
  const { value, error, again } = useLoading((signal) => get<Reservation>(path, { signal }), [path]);
  const isPaid = value?.status === 'CONFIRMED' || value?.status === 'REFUNDED';
  useEffect(() => {
    if (value !== undefined && !isPaid) goTo(hrefOf('reservations', id, 'payment'), { replace: true });
  }, [value]);
  if (error !== undefined) {
    return html`<${Heading} title=${words.ticketTitle} /><${Fault} error=${error} onRetry=${again} />`;
  }
  if (value === undefined || !isPaid) {
    return html`<div class="stack">
      <${Heading} title=${words.ticketTitle} />
      <div class="skeleton tall"></div>
    </div>`;
  }
  const refunded = value.status === 'REFUNDED';
  return html`<section class="stack">
    <${Heading} title=${refunded ? words.refundedTitle : words.ticketTitle} />
    ${!refunded && html`<p class="lead">${words.ticketThanks}</p>`}
    <${Stub} reservation=${value} />
    <div class="row noprint">
      <a class="button" href=${hrefOf('me')}>${words.toMine}</a>
      <button class="button plain" onClick=${() => print()}>${words.print}</button>
    </div>
  </section>`;
}

function Stub({ reservation }: { readonly reservation: Reservation }): View {
  const words = dictionary.use();
  const formats = useFormats();
  const { id, concert, schedule, seats, refundedSeatIds, amount, refundedAmount, currency, memberId, confirmedAt } =
    reservation;
  const isBack = new Set(refundedSeatIds);
  const { day, weekday } = formats.dayParts(schedule.date);
  return html`<article class=${reservation.status === 'REFUNDED' ? 'pass is-void' : 'pass'}>
    <div class="pass-main">
      <p class="pass-concert">${concert.name}</p>
      <dl class="pass-facts">
        <div>
          <dt>${words.ticketDate}</dt>
          <dd>${formats.day(schedule.date)}</dd>
        </div>
        <div>
          <dt>${words.ticketMember}</dt>
          <dd>${memberId}</dd>
        </div>
        <div class="pass-seats">
          <dt>${words.ticketSeats}</dt>
          <dd>
            <ul>
              ${seats.map(
                (seat) =>
                  html`<li key=${seat.id}>
                    ${
                      isBack.has(seat.id)
                        ? html`<s>${words.place(seat.section, seat.row, seat.number)}</s>
                            <span class="small">(${words.ticketRefunded})</span>`
                        : words.place(seat.section, seat.row, seat.number)
                    }
                  </li>`,
              )}
            </ul>
          </dd>
        </div>
      </dl>
      <p class="small">
        ${words.ticketPaid} ${formats.money(amount - refundedAmount, currency)}
        ${confirmedAt !== undefined && html` · ${words.ticketBought(formats.moment(confirmedAt))}`}
      </p>
    </div>
    <div class="pass-side">
      <div class="pass-day" aria-hidden="true">
        <span>${formats.month(schedule.date)}</span><strong>${day}</strong><span>${weekday}</span>
      </div>
      <div><span class="small">${words.ticketNumber}</span><strong class="pass-number">${id}</strong></div>
    </div>
  </article>`;
}
