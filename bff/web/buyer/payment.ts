import { useEffect, useState } from 'preact/hooks';
import { announce } from '../announcer.ts';
import { BusyButton } from '../button.ts';
import { call, CallError, get } from '../call.ts';
import { Confirm } from '../confirm.ts';
import { clockTime } from '../formats.ts';
import { html, type View } from '../html.ts';
import { useFormats } from '../language.ts';
import { useLoading } from '../loading.ts';
import { goTo, hrefOf } from '../route.ts';
import { useSecondsUntil } from '../ticking.ts';
import type { Reservation } from '../answers.ts';
import { isAttempted } from './attempt.ts';
import { useBalance } from './balance.ts';
import { Charge } from './charge.ts';
import { Fault } from './fault.ts';
import { Heading } from './heading.ts';
import { keptTicket } from './kept-tickets.ts';
import { pay, queueToken } from './paying.ts';
import { dictionary } from './words.ts';

interface PaymentProps {
  readonly id: number;
  readonly memberId: string;
}

/** Paying for seats that are held. What it shows follows from the reservation, so that it goes on after any reload. */
export function Payment({ id, memberId }: PaymentProps): View {
  const words = dictionary.use();
  const path = `/v1/reservations/${id}`;
  const { value, error, again } = useLoading(
    (signal) => get<Reservation>(`${path}?memberId=${encodeURIComponent(memberId)}`, { signal }),
    [path, memberId],
  );
  const isPaid = value?.status === 'CONFIRMED' || value?.status === 'REFUNDED';
  useEffect(() => {
    if (isPaid) goTo(hrefOf('reservations', id), { replace: true });
  }, [isPaid]);
  if (error !== undefined) {
    return html`<${Heading} title=${words.payTitle} /><${Fault} error=${error} onRetry=${again} />`;
  }
  switch (value?.status) {
    case undefined:
    case 'CONFIRMED':
    case 'REFUNDED':
      return html`<div class="stack">
        <${Heading} title=${words.payTitle} />
        <div class="skeleton tall"></div>
      </div>`;
    case 'PENDING':
      return html`<${Held} reservation=${value} memberId=${memberId} onChange=${again} />`;
    case 'EXPIRED':
      return html`<${Over} title=${words.holdOverTitle} text=${words.holdOver} reservation=${value} />`;
    case 'CANCELLED':
      return html`<${Over} title=${words.cancelledTitle} text=${words.cancelled} reservation=${value} />`;
  }
}

interface OverProps {
  readonly title: string;
  readonly text: string;
  readonly reservation: Reservation;
}

function Over({ title, text, reservation }: OverProps): View {
  const words = dictionary.use();
  return html`<div class="card stack narrow">
    <${Heading} title=${title} />
    <p>${text}</p>
    <div class="row">
      <a class="button" href=${hrefOf('dates', reservation.schedule.id, 'seats')}>${words.backToSeats}</a>
      <a class="button plain" href=${hrefOf('me')}>${words.toMine}</a>
    </div>
  </div>`;
}

interface HeldProps {
  readonly reservation: Reservation;
  readonly memberId: string;
  readonly onChange: () => void;
}

const overEveryMs = 2_000;

function Held({ reservation, memberId, onChange }: HeldProps): View {
  const words = dictionary.use();
  const formats = useFormats();
  const { id, amount, currency, schedule, concert } = reservation;
  const [expiresAt, setExpiresAt] = useState(reservation.expiresAt);
  const [working, setWorking] = useState<'pay' | 'extend' | 'release' | undefined>(undefined);
  const [error, setError] = useState<unknown>(undefined);
  const [isSlow, setSlow] = useState(false);
  const [isExtended, setExtended] = useState(false);
  const [asks, setAsks] = useState(false);
  const balance = useBalance(memberId);
  const seconds = Math.max(0, useSecondsUntil(expiresAt) ?? 0);
  const isOver = seconds <= 0 && working !== 'pay';
  useEffect(() => {
    // The server decides, and its moment may be a little off ours.
    if (!isOver) return;
    onChange();
    const timer = setInterval(onChange, overEveryMs);
    return () => clearInterval(timer);
  }, [isOver]);
  useWarning(seconds, words.minuteLeft);

  const work = (what: 'pay' | 'extend' | 'release', done: () => Promise<void>): void => {
    if (working !== undefined) return;
    setWorking(what);
    setError(undefined);
    done()
      .catch((refusal: unknown) => {
        setError(refusal);
        if (refusal instanceof CallError && refusal.reason === 'HOLD_OVER') onChange();
        if (refusal instanceof CallError && refusal.reason === 'HOLD_EXTENDED') setExtended(true);
      })
      .finally(() => setWorking(undefined));
  };
  const payNow = (): void =>
    work('pay', async () => {
      await pay(reservation, memberId, () => setSlow(true));
      announce(words.ticketThanks);
      goTo(hrefOf('reservations', id), { replace: true });
    });
  const extend = (): void =>
    work('extend', async () => {
      const token = await queueToken(schedule.id, memberId);
      const { body } = await call<Reservation>('POST', `/v1/reservations/${id}/extension`, { body: {}, token });
      setExpiresAt(body.expiresAt);
      setExtended(true);
      announce(words.extended);
    });
  const release = (): void => {
    setAsks(false);
    work('release', async () => {
      await call('DELETE', `/v1/reservations/${id}?memberId=${encodeURIComponent(memberId)}`, {
        token: keptTicket(schedule.id, memberId)?.token,
      });
      goTo(hrefOf('dates', schedule.id, 'seats'), { replace: true });
    });
  };
  useEffect(() => {
    // A payment that was begun before a reload is asked for again, under the same key.
    if (isAttempted(`pay.${id}`)) payNow();
  }, []);

  const missing = balance.value === undefined ? 0 : Math.max(0, amount - balance.value.balance + balance.value.held);
  return html`<section class="stack">
    <p class="eyebrow"><a href=${hrefOf('concerts', concert.id)}>${concert.name}</a> · ${formats.day(schedule.date)}</p>
    <${Heading} title=${words.payTitle} />
    <div class="desk">
      <div class="card stack">
        <${Countdown} seconds=${seconds} of=${(Date.parse(expiresAt) - Date.parse(reservation.createdAt)) / 1_000} />
        <div class="row">
          <${BusyButton} class="plain small" busy=${working === 'extend'} disabled=${isExtended} onClick=${extend}
            >${words.extend}<//
          >
          <button class="button danger small" onClick=${() => setAsks(true)}>${words.release}</button>
        </div>
      </div>
      <div class="card stack">
        <${Bill} reservation=${reservation} />
        ${balance.error !== undefined && html`<${Fault} error=${balance.error} onRetry=${balance.again} />`}
        ${
          balance.value &&
          html`<dl class="lines">
            <div>
              <dt>${words.balance}</dt>
              <dd>${formats.money(balance.value.balance - balance.value.held, currency)}</dd>
            </div>
            ${
              missing === 0 &&
              html`<div>
                <dt>${words.balanceAfter}</dt>
                <dd>${formats.money(balance.value.balance - balance.value.held - amount, currency)}</dd>
              </div>`
            }
          </dl>`
        }
        ${
          missing > 0 &&
          html`<p class="notice warn"><span>${words.missing(formats.money(missing, currency))}</span></p>
            <${Charge}
              key=${missing}
              memberId=${memberId}
              currency=${currency}
              suggested=${missing}
              onCharged=${balance.again}
            />`
        }
        ${isSlow && working === 'pay' && html`<p class="notice" role="status"><span>${words.payGoesOn}</span></p>`}
        ${error !== undefined && html`<${Fault} error=${error} />`}
        <${BusyButton}
          class="wide"
          busy=${working === 'pay'}
          disabled=${missing > 0 || balance.value === undefined}
          onClick=${payNow}
        >
          ${working === 'pay' ? words.paying : words.pay(formats.money(amount, currency))}
        <//>
      </div>
    </div>
    ${
      asks &&
      html`<${Confirm}
        title=${words.releaseTitle}
        yes=${words.releaseYes}
        no=${words.releaseNo}
        danger
        onYes=${release}
        onNo=${() => setAsks(false)}
      >
        <p>${words.releaseText}</p>
      <//>`
    }
  </section>`;
}

function Bill({ reservation }: { readonly reservation: Reservation }): View {
  const words = dictionary.use();
  const formats = useFormats();
  const { seats, amount, currency } = reservation;
  return html`<ul class="lines">
    ${seats.map(
      ({ id, section, row, number, price }) =>
        html`<li key=${id}>
          <span>${words.place(section, row, number)}</span><span>${formats.money(price, currency)}</span>
        </li>`,
    )}
    <li class="sum"><span>${words.total}</span><strong>${formats.money(amount, currency)}</strong></li>
  </ul>`;
}

const circle = 2 * Math.PI * 54;

/** How long the seats are still held, as a ring that empties. */
function Countdown({ seconds, of }: { readonly seconds: number; readonly of: number }): View {
  const words = dictionary.use();
  const part = of > 0 ? Math.min(1, seconds / of) : 0;
  return html`<div class=${seconds < 60 ? 'countdown hurry' : 'countdown'}>
    <svg viewBox="0 0 120 120" aria-hidden="true">
      <circle class="ring" cx="60" cy="60" r="54" />
      <circle
        class="ring-left"
        cx="60"
        cy="60"
        r="54"
        stroke-dasharray="${circle * part} ${circle}"
        transform="rotate(-90 60 60)"
      />
    </svg>
    <div>
      <p class="soft">${seconds > 0 ? words.heldFor : words.heldOver}</p>
      <p class="countdown-time" role="timer">${clockTime(seconds)}</p>
    </div>
  </div>`;
}

const warnSeconds = 60;

/** Says once, when it happens, that little time is left. */
function useWarning(seconds: number, text: string): void {
  const hurry = seconds > 0 && seconds <= warnSeconds;
  useEffect(() => {
    if (hurry) announce(text);
  }, [hurry]);
}
