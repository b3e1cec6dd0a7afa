import { useEffect, useRef, useState } from 'preact/hooks';
import { announce } from '../announcer.ts';
import { CallError, get } from '../call.ts';
import { clockTime } from '../formats.ts';
import { html, type View } from '../html.ts';
import { useLoading } from '../loading.ts';
import { goTo, hrefOf } from '../route.ts';
import { useSignal } from '../signal.ts';
import { useSecondsUntil } from '../ticking.ts';
import type { Page, Reservation, Schedule, Seat } from '../answers.ts';
import { attempt } from './attempt.ts';
import { Choice } from './choice.ts';
import { Fault } from './fault.ts';
import { Heading } from './heading.ts';
import { House } from './house.ts';
import { keptTicket, type KeptTicket } from './kept-tickets.ts';
import { LiveSeats } from './live-seats.ts';
import { placesOf, seatsMax } from './places.ts';
import { ScheduleHeader, useSchedule } from './schedule-header.ts';
import { dictionary } from './words.ts';

interface SeatsProps {
  readonly id: number;
  readonly memberId: string;
}

/** The seat map of a date, for whoever has been let in. */
export function Seats({ id, memberId }: SeatsProps): View {
  const schedule = useSchedule(id);
  const ticket = keptTicket(id, memberId);
  useEffect(() => {
    // Whoever has no place in the line gets one there.
    if (ticket === undefined) goTo(hrefOf('dates', id, 'line'), { replace: true });
  }, []);
  return html`<section class="stack">
    <${ScheduleHeader} schedule=${schedule} />
    ${ticket !== undefined && html`<${SeatsOf} id=${id} memberId=${memberId} ticket=${ticket} schedule=${schedule} />`}
  </section>`;
}

interface SeatsOfProps extends SeatsProps {
  readonly ticket: KeptTicket;
  readonly schedule: Schedule | undefined;
}

function SeatsOf({ id, memberId, ticket, schedule }: SeatsOfProps): View {
  const words = dictionary.use();
  const [chosen, setChosen] = useState<ReadonlySet<number>>(new Set());
  const [notice, setNotice] = useState<string | undefined>(undefined);
  const [error, setError] = useState<unknown>(undefined);
  const [busy, setBusy] = useState(false);
  const tell = (text: string): void => {
    setNotice(text);
    announce(text, 'urgent');
  };
  // What we are about to hold is ours, whatever the map says before the answer is here.
  const holding = useRef(false);
  const drop = (taken: readonly Seat[]): void => {
    setChosen((before) => {
      const lost = holding.current ? [] : taken.filter((seat) => before.has(seat.id) && seat.status !== 'OPEN');
      if (lost.length === 0) return before;
      const text = dictionary.words.taken(placesOf(lost));
      tell(text);
      return new Set([...before].filter((seatId) => !lost.some((seat) => seat.id === seatId)));
    });
  };
  const [live] = useState(() => new LiveSeats({ scheduleId: id, token: ticket.token, onChange: drop }));
  useEffect(() => () => live.close(), [live]);
  const { map, position, stream, error: fault } = useSignal(live.state);
  const pending = usePending(id, memberId);
  const currency = schedule?.currency ?? 'KRW';
  useEffect(() => {
    if (position !== undefined && position.status !== 'ADMITTED') goTo(hrefOf('dates', id, 'line'), { replace: true });
  }, [position?.status]);

  const toggle = (seat: Seat): void => {
    if (seat.status !== 'OPEN' || busy) return;
    setNotice(undefined);
    const next = new Set(chosen);
    if (!next.delete(seat.id)) {
      if (next.size >= seatsMax) return tell(words.chosenMax(seatsMax));
      next.add(seat.id);
    }
    setChosen(next);
  };
  const hold = (body: { seatIds: readonly number[] } | { bestAvailable: number }): void => {
    if (busy) return;
    setBusy(true);
    setNotice(undefined);
    setError(undefined);
    holding.current = true;
    attempt<Reservation>(`hold.${id}.${JSON.stringify(body)}`, `/v1/schedules/${id}/reservations`, body, ticket).then(
      ({ body: reservation }) => goTo(hrefOf('reservations', reservation.id, 'payment')),
      (refusal: unknown) => {
        setBusy(false);
        holding.current = false;
        setChosen((before) => new Set([...before].filter((seatId) => map?.seat(seatId)?.status === 'OPEN')));
        if (!(refusal instanceof CallError) || refusal.reason !== 'SEAT_TAKEN') return setError(refusal);
        const taken = (refusal.metadata['seatIds'] ?? '')
          .split(/\D+/)
          .flatMap((seatId) => map?.seat(Number(seatId)) ?? []);
        tell(taken.length === 0 ? words.bestNone : words.takenHold(placesOf(taken)));
        setChosen((before) => new Set([...before].filter((seatId) => !taken.some((seat) => seat.id === seatId))));
      },
    );
  };

  return html`
    <div class="spread">
      <${Heading} title=${words.seatsTitle} />
      <${TurnTime} until=${position?.admittedUntil} />
    </div>
    ${pending && html`<${PendingNotice} reservation=${pending} />`}
    <div role="status">
      ${stream === 'reconnecting' && map !== undefined && html`<p class="notice"><span>${words.seatsReconnecting}</span></p>`}
      ${stream === 'refused' && html`<p class="small soft">${words.seatsPolling}</p>`}
    </div>
    ${fault !== undefined && map === undefined && html`<${Fault} error=${fault} onRetry=${() => location.reload()} />`}
    ${map === undefined && fault === undefined && html`<div class="skeleton tall"></div>`}
    ${map && html`<${House} map=${map} currency=${currency} chosen=${chosen} onToggle=${toggle} />`}
    ${map?.free === 0 && html`<p class="notice warn"><span>${words.noneFree}</span></p>`}
    ${error !== undefined && html`<${Fault} error=${error} />`}
    ${notice && html`<p class="notice warn"><span>${notice}</span></p>`}
    ${
      map &&
      html`<${Choice}
        seats=${[...chosen].map((seatId) => map.seat(seatId)).filter((seat) => seat !== undefined)}
        currency=${currency}
        busy=${busy}
        onHold=${() => hold({ seatIds: [...chosen] })}
        onBest=${(count: number) => hold({ bestAvailable: count })}
        onClear=${() => setChosen(new Set())}
      />`
    }
  `;
}

function TurnTime({ until }: { readonly until: string | undefined }): View {
  const words = dictionary.use();
  const seconds = useSecondsUntil(until);
  if (seconds === undefined) return null;
  return html`<p class=${seconds < 60 ? 'timer hurry' : 'timer'}>
    <span>${words.turnUntil}</span> <strong role="timer">${clockTime(seconds)}</strong>
  </p>`;
}

function PendingNotice({ reservation }: { readonly reservation: Reservation }): View {
  const words = dictionary.use();
  return html`<div class="notice warn">
    <p><strong>${words.pendingTitle}.</strong> ${words.pendingText(placesOf(reservation.seats))}</p>
    <p><a href=${hrefOf('reservations', reservation.id, 'payment')}>${words.toPayment}</a></p>
  </div>`;
}

/** What the member holds of this date and has not paid, from before a reload perhaps. */
function usePending(scheduleId: number, memberId: string): Reservation | undefined {
  const path = `/v1/members/${encodeURIComponent(memberId)}/reservations?status=PENDING`;
  const { value } = useLoading((signal) => get<Page<'reservations', Reservation>>(path, { signal }), [path]);
  const found = value?.reservations.find(({ schedule }) => schedule.id === scheduleId);
  const seconds = useSecondsUntil(found?.expiresAt);
  return seconds !== undefined && seconds > 0 ? found : undefined;
}
