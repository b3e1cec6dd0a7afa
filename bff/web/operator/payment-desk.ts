import { html, type View } from '../html.ts';
import { useFormats } from '../language.ts';
import { useLoading } from '../loading.ts';
import { hrefOf } from '../route.ts';
import type { Payment, Reservation } from '../answers.ts';
import { read } from './desk.ts';
import { Fault } from './fault.ts';
import { Heading } from './heading.ts';
import { ReservationCard } from './reservation-card.ts';
import { SearchForm } from './search.ts';
import { Skeletons } from './skeletons.ts';
import { StateBadge } from './state-badge.ts';
import { dictionary } from './words.ts';

interface Found {
  readonly payment: Payment;
  readonly reservation: Reservation;
}

/** A payment with its reservation, whosever they are. */
export function PaymentDesk({ id }: { readonly id: number }): View {
  const words = dictionary.use();
  const { value, error, again } = useLoading((signal) => find(id, signal), [id]);
  return html`<section class="stack-wide">
    <${Heading} title=${words.paymentNumber(id)} />
    ${error !== undefined && html`<${Fault} error=${error} onRetry=${again} />`}
    ${value === undefined && error === undefined && html`<${Skeletons} />`}
    ${value !== undefined && html`<${PaymentCard} payment=${value.payment} />`}
    ${value !== undefined && html`<${ReservationCard} reservation=${value.reservation} onChanged=${again} />`}
    <${SearchForm} />
  </section>`;
}

async function find(id: number, signal: AbortSignal): Promise<Found> {
  const payment = await read<Payment>(`/v1/admin/payments/${id}`, signal);
  const reservation = await read<Reservation>(`/v1/admin/reservations/${payment.reservationId}`, signal);
  return { payment, reservation };
}

function PaymentCard({ payment }: { readonly payment: Payment }): View {
  const words = dictionary.use();
  const { money, moment } = useFormats();
  const { status, amount, refundedAmount, currency, memberId, createdAt, reason } = payment;
  return html`<section class="card stack" aria-labelledby="payment-title">
    <div class="spread">
      <h2 id="payment-title">${money(amount, currency)}</h2>
      <${StateBadge} state=${status} />
    </div>
    <dl class="facts">
      <div>
        <dt>${words.member}</dt>
        <dd><a href=${hrefOf('members', memberId)}>${memberId}</a></dd>
      </div>
      <div>
        <dt>${words.time}</dt>
        <dd>${moment(createdAt)}</dd>
      </div>
      <div>
        <dt>${words.givenBack}</dt>
        <dd>${money(refundedAmount, currency)}</dd>
      </div>
      ${
        reason !== undefined &&
        html`<div>
          <dt>${words.reason}</dt>
          <dd>${words.refusals[reason] ?? reason}</dd>
        </div>`
      }
    </dl>
  </section>`;
}
