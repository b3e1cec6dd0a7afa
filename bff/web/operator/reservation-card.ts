import { html, type View } from '../html.ts';
import { useFormats } from '../language.ts';
import { hrefOf } from '../route.ts';
import type { Reservation } from '../answers.ts';
import { RefundForm } from './refund-form.ts';
import { StateBadge } from './state-badge.ts';
import { dictionary } from './words.ts';

interface ReservationCardProps {
  readonly reservation: Reservation;
  readonly onChanged: () => void;
}

/** A reservation: of whom, for what, its seats; and money back where it is paid. */
export function ReservationCard({ reservation, onChanged }: ReservationCardProps): View {
  const words = dictionary.use();
  const { day, money, moment } = useFormats();
  const { id, status, memberId, concert, schedule, amount, refundedAmount, currency, createdAt, payment } = reservation;
  return html`<section class="card stack" aria-labelledby="reservation-title">
    <div class="spread">
      <h2 id="reservation-title">${concert.name}</h2>
      <${StateBadge} state=${status} />
    </div>
    <dl class="facts">
      <div>
        <dt>${words.reservation}</dt>
        <dd><a href=${hrefOf('reservations', id)}>#${id}</a></dd>
      </div>
      <div>
        <dt>${words.day}</dt>
        <dd><a href=${hrefOf('dates', schedule.id)}>${day(schedule.date)}</a></dd>
      </div>
      <div>
        <dt>${words.member}</dt>
        <dd><a href=${hrefOf('members', memberId)}>${memberId}</a></dd>
      </div>
      <div>
        <dt>${words.time}</dt>
        <dd>${moment(createdAt)}</dd>
      </div>
      <div>
        <dt>${words.amount}</dt>
        <dd>${money(amount, currency)}</dd>
      </div>
      ${
        refundedAmount > 0 &&
        html`<div>
          <dt>${words.givenBack}</dt>
          <dd>${money(refundedAmount, currency)}</dd>
        </div>`
      }
      ${
        payment &&
        html`<div>
          <dt>${words.payment}</dt>
          <dd><a href=${hrefOf('payments', payment.id)}>#${payment.id}</a></dd>
        </div>`
      }
    </dl>
    ${
      status === 'CONFIRMED' && payment !== undefined
        ? html`<${RefundForm} reservation=${reservation} paymentId=${payment.id} onDone=${onChanged} />`
        : html`<${Seats} reservation=${reservation} />`
    }
  </section>`;
}

function Seats({ reservation: { seats, refundedSeatIds, currency } }: Pick<ReservationCardProps, 'reservation'>): View {
  const words = dictionary.use();
  const { money } = useFormats();
  return html`<ul class="stack-small">
    ${seats.map(
      (seat) =>
        html`<li key=${seat.id} class="spread">
          <span>${words.seatName(seat)}</span>
          <span class="soft"
            >${refundedSeatIds.includes(seat.id) && `${words.states['REFUNDED']} · `}${money(seat.price, currency)}</span
          >
        </li>`,
    )}
  </ul>`;
}
