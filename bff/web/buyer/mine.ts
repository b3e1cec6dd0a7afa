import { useState } from 'preact/hooks';
import { BusyButton } from '../button.ts';
import { html, type View } from '../html.ts';
import { useFormats } from '../language.ts';
import type { Loading } from '../loading.ts';
import { hrefOf } from '../route.ts';
import type { Balance, Entry, Reservation } from '../answers.ts';
import { useBalance } from './balance.ts';
import { Charge } from './charge.ts';
import { Skeletons } from './concerts.ts';
import { usePages } from './pages.ts';
import { Fault } from './fault.ts';
import { Heading } from './heading.ts';
import { placesOf } from './places.ts';
import { RefundDialog } from './refund.ts';
import { dictionary } from './words.ts';

/** What a member has: reservations, and money. */
export function Mine({ memberId }: { readonly memberId: string }): View {
  const words = dictionary.use();
  const member = `/v1/members/${encodeURIComponent(memberId)}`;
  const balance = useBalance(memberId);
  // Counts what changed the money, so that the statement is read again.
  const [moved, setMoved] = useState(0);
  const onMoved = (): void => {
    balance.again();
    setMoved((before) => before + 1);
  };
  return html`<section class="stack-wide">
    <${Heading} title=${words.mineTitle} />
    <div class="desk mine">
      <${Reservations} member=${member} memberId=${memberId} onMoved=${onMoved} />
      <div class="stack">
        <${Wallet} memberId=${memberId} balance=${balance} onMoved=${onMoved} />
        <${Statement} key=${moved} member=${member} currency=${balance.value?.currency ?? 'KRW'} />
      </div>
    </div>
  </section>`;
}

interface WalletProps {
  readonly memberId: string;
  readonly balance: Loading<Balance>;
  readonly onMoved: () => void;
}

const usualCharge = 100_000;

function Wallet({ memberId, balance, onMoved }: WalletProps): View {
  const words = dictionary.use();
  const formats = useFormats();
  const { value, error, again } = balance;
  return html`<section class="card stack" aria-labelledby="wallet">
    <h2 id="wallet">${words.wallet}</h2>
    ${error !== undefined && html`<${Fault} error=${error} onRetry=${again} />`}
    ${value === undefined && error === undefined && html`<div class="skeleton line"></div>`}
    ${
      value &&
      html`<p class="amount" data-balance=${value.balance}>${formats.money(value.balance, value.currency)}</p>
        ${value.held > 0 && html`<p class="small soft">${words.reserved(formats.money(value.held, value.currency))}</p>`}
        <${Charge} memberId=${memberId} currency=${value.currency} suggested=${usualCharge} onCharged=${onMoved} />`
    }
  </section>`;
}

interface ReservationsProps {
  readonly member: string;
  readonly memberId: string;
  readonly onMoved: () => void;
}

function Reservations({ member, memberId, onMoved }: ReservationsProps): View {
  const words = dictionary.use();
  const { items, error, more, again } = usePages<'reservations', Reservation>(`${member}/reservations`, 'reservations');
  const [refunding, setRefunding] = useState<Reservation | undefined>(undefined);
  const [said, setSaid] = useState<string | undefined>(undefined);
  return html`<section class="stack" aria-labelledby="reservations">
    <h2 id="reservations">${words.reservations}</h2>
    <div role="status">${said && html`<p class="notice"><span>${said}</span></p>`}</div>
    ${error !== undefined && html`<${Fault} error=${error} onRetry=${again} />`}
    ${items === undefined && error === undefined && html`<${Skeletons} />`}
    ${items?.length === 0 && html`<p class="soft">${words.noReservations}</p>`}
    <ul class="stack">
      ${items?.map(
        (reservation) =>
          html`<li key=${reservation.id}>
            <${Line} reservation=${reservation} onRefund=${() => setRefunding(reservation)} />
          </li>`,
      )}
    </ul>
    ${more && html`<p><${BusyButton} class="plain" busy=${more.busy} onClick=${more.load}>${words.showMore}<//></p>`}
    ${
      refunding &&
      html`<${RefundDialog}
        reservation=${refunding}
        memberId=${memberId}
        onClose=${(text: string | undefined) => {
          setRefunding(undefined);
          if (text !== undefined) {
            setSaid(text);
            again();
            onMoved();
          }
        }}
      />`
    }
  </section>`;
}

const badges = { PENDING: 'warn', CONFIRMED: 'good', EXPIRED: '', CANCELLED: '', REFUNDED: '' } as const;

function Line({ reservation, onRefund }: { readonly reservation: Reservation; readonly onRefund: () => void }): View {
  const words = dictionary.use();
  const formats = useFormats();
  const { id, status, concert, schedule, seats, amount, refundedAmount, refundedSeatIds, currency, payment } =
    reservation;
  const isPartly = status === 'CONFIRMED' && refundedSeatIds.length > 0;
  const left = seats.filter((seat) => !refundedSeatIds.includes(seat.id));
  const facts = [
    words.reservation(id),
    placesOf(left.length === 0 ? seats : left),
    formats.money(amount - refundedAmount, currency),
  ];
  return html`<article class="card stack tight" data-reservation=${id}>
    <div class="spread">
      <h3>${concert.name}</h3>
      <span class=${`badge ${badges[status]}`}
        >${isPartly ? words.partlyRefunded : words.reservationStatus[status]}</span
      >
    </div>
    <p>${formats.day(schedule.date)}</p>
    <p class="small soft">${facts.join(' · ')}</p>
    <div class="row">
      ${status === 'PENDING' && html`<a class="button small" href=${hrefOf('reservations', id, 'payment')}>${words.toPayment}</a>`}
      ${status === 'CONFIRMED' && html`<a class="button plain small" href=${hrefOf('reservations', id)}>${words.showTicket}</a>`}
      ${
        status === 'CONFIRMED' &&
        payment !== undefined &&
        html`<button class="button danger small" onClick=${onRefund}>${words.refund}</button>`
      }
    </div>
  </article>`;
}

function Statement({ member, currency }: { readonly member: string; readonly currency: string }): View {
  const words = dictionary.use();
  const formats = useFormats();
  const { items, error, more, again } = usePages<'entries', Entry>(`${member}/entries`, 'entries');
  const signed = (amount: number): string => `${amount > 0 ? '+' : '−'}${formats.money(Math.abs(amount), currency)}`;
  return html`<section class="card stack" aria-labelledby="statement">
    <h2 id="statement">${words.statement}</h2>
    ${error !== undefined && html`<${Fault} error=${error} onRetry=${again} />`}
    ${items === undefined && error === undefined && html`<${Skeletons} />`}
    ${items?.length === 0 && html`<p class="soft">${words.noEntries}</p>`}
    ${
      items !== undefined &&
      items.length > 0 &&
      html`<table class="table small">
        <thead>
          <tr>
            <th scope="col">${words.what}</th>
            <th scope="col" class="figure">${words.amount}</th>
            <th scope="col" class="figure">${words.balanceThen}</th>
          </tr>
        </thead>
        <tbody>
          ${items.map(
            ({ id, kind, amount, balanceAfter, createdAt, reservationId }) =>
              html`<tr key=${id}>
                <td>
                  ${words.entryKind[kind]}${reservationId !== undefined && html` <span class="soft">· ${words.reservation(reservationId)}</span>`}
                  <br /><span class="soft">${formats.moment(createdAt)}</span>
                </td>
                <td class="figure">${signed(amount)}</td>
                <td class="figure">${formats.money(balanceAfter, currency)}</td>
              </tr>`,
          )}
        </tbody>
      </table>`
    }
    ${more && html`<p><${BusyButton} class="plain small" busy=${more.busy} onClick=${more.load}>${words.showMore}<//></p>`}
  </section>`;
}
