import { html, type View } from '../html.ts';
import { useFormats } from '../language.ts';
import { useLoading } from '../loading.ts';
import { hrefOf } from '../route.ts';
import type { Entry, Member, Reservation } from '../answers.ts';
import { read } from './desk.ts';
import { Fault } from './fault.ts';
import { Heading } from './heading.ts';
import { More } from './more.ts';
import { usePages } from './pages.ts';
import { SearchForm } from './search.ts';
import { Skeletons } from './skeletons.ts';
import { StateBadge } from './state-badge.ts';
import { dictionary } from './words.ts';

/** A member: balance, reservations, statement. */
export function MemberDesk({ id }: { readonly id: string }): View {
  const words = dictionary.use();
  const path = `/v1/admin/members/${encodeURIComponent(id)}`;
  const { value, error, again } = useLoading((signal) => read<Member>(path, signal), [id]);
  return html`<section class="stack-wide">
    <${Heading} title=${words.memberTitle(id)} />
    ${error !== undefined && html`<${Fault} error=${error} onRetry=${again} />`}
    ${value === undefined && error === undefined && html`<${Skeletons} />`}
    ${value !== undefined && html`<${Account} member=${value} path=${path} />`}
    <${SearchForm} />
  </section>`;
}

function Account({ member, path }: { readonly member: Member; readonly path: string }): View {
  const words = dictionary.use();
  const { money } = useFormats();
  return html`<div class="stack-wide">
    <dl class="big-numbers">
      <div class="card">
        <dt>${words.balance}</dt>
        <dd>${money(member.balance, member.currency)}</dd>
      </div>
      <div class="card">
        <dt>${words.setAside}</dt>
        <dd>${money(member.held, member.currency)}</dd>
      </div>
    </dl>
    <${Reservations} path=${path} />
    <${Statement} path=${path} currency=${member.currency} />
  </div>`;
}

function Reservations({ path }: { readonly path: string }): View {
  const words = dictionary.use();
  const { day, money, moment } = useFormats();
  const pages = usePages<'reservations', Reservation>(`${path}/reservations`, 'reservations');
  return html`<section class="stack" aria-labelledby="reservations-title">
    <h2 id="reservations-title">${words.reservations}</h2>
    ${
      pages.items !== undefined &&
      pages.items.length > 0 &&
      html`<ul class="stack-small">
        ${pages.items.map(
          ({ id, status, concert, schedule, seats, amount, currency, createdAt }) =>
            html`<li key=${id} class="card date-card">
              <div class="stack-small">
                <h3><a class="stretched" href=${hrefOf('reservations', id)}>${concert.name}</a></h3>
                <p class="soft small">${day(schedule.date)} · ${words.reservationNumber(id)} · ${moment(createdAt)}</p>
              </div>
              <p class="row small">
                ${words.seatCount(String(seats.length))} · ${money(amount, currency)} <${StateBadge} state=${status} />
              </p>
            </li>`,
        )}
      </ul>`
    }
    <${More} pages=${pages} empty=${words.noReservations} />
  </section>`;
}

function Statement({ path, currency }: { readonly path: string; readonly currency: string }): View {
  const words = dictionary.use();
  const { money, moment } = useFormats();
  const pages = usePages<'entries', Entry>(`${path}/entries`, 'entries');
  return html`<div class="stack">
    <h2 id="statement-title">${words.statement}</h2>
    ${
      pages.items !== undefined &&
      pages.items.length > 0 &&
      html`<div class="scroll" tabindex="0" role="region" aria-labelledby="statement-title">
        <table class="table">
          <thead>
            <tr>
              <th scope="col">${words.time}</th>
              <th scope="col">${words.kind}</th>
              <th scope="col" class="figure">${words.amount}</th>
              <th scope="col" class="figure">${words.balance}</th>
            </tr>
          </thead>
          <tbody>
            ${pages.items.map(
              ({ id, createdAt, kind, amount, balanceAfter, paymentId }) =>
                html`<tr key=${id}>
                  <td>${moment(createdAt)}</td>
                  <td>
                    ${words.entryKinds[kind]}
                    ${paymentId !== undefined && html` <a href=${hrefOf('payments', paymentId)}>#${paymentId}</a>`}
                  </td>
                  <td class="figure">${money(amount, currency)}</td>
                  <td class="figure">${money(balanceAfter, currency)}</td>
                </tr>`,
            )}
          </tbody>
        </table>
      </div>`
    }
    <${More} pages=${pages} empty=${words.noEntries} />
  </div>`;
}
