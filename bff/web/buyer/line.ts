import { useEffect, useState } from 'preact/hooks';
import { announce } from '../announcer.ts';
import { BusyButton } from '../button.ts';
import { CallError } from '../call.ts';
import { Confirm } from '../confirm.ts';
import { html, type View } from '../html.ts';
import { clockTime } from '../formats.ts';
import { useFormats } from '../language.ts';
import { goTo, hrefOf } from '../route.ts';
import { useSignal } from '../signal.ts';
import { useSecondsUntil } from '../ticking.ts';
import type { Position, Schedule } from '../answers.ts';
import { Fault, faultWords } from './fault.ts';
import { Heading, useTitle } from './heading.ts';
import { CrowdPicture, LinePicture } from './line-picture.ts';
import { useMovingNumber } from './moving-number.ts';
import { PlaceInLine, type PlaceState } from './place-in-line.ts';
import { ScheduleHeader, useSchedule } from './schedule-header.ts';
import { dictionary } from './words.ts';
import type { Words } from './words/en.ts';

interface LineProps {
  readonly id: number;
  readonly memberId: string;
}

/** The waiting room of a date: from taking a place until being let in. */
export function Line({ id, memberId }: LineProps): View {
  const schedule = useSchedule(id);
  const [place] = useState(() => new PlaceInLine(id, memberId));
  const state = useSignal(place.state);
  useEffect(() => () => place.close(), [place]);
  const { position } = state;
  const admitted = position?.status === 'ADMITTED';
  useEffect(() => {
    if (admitted) {
      announce(dictionary.words.admittedTitle, 'urgent');
      goTo(hrefOf('dates', id, 'seats'), { replace: true });
    }
  }, [admitted]);
  return html`<section class="stack">
    <${ScheduleHeader} schedule=${schedule} />
    <${Stage} place=${place} state=${state} schedule=${schedule} />
  </section>`;
}

interface StageProps {
  readonly place: PlaceInLine;
  readonly state: PlaceState;
  readonly schedule: Schedule | undefined;
}

function Stage({ place, state, schedule }: StageProps): View {
  const words = dictionary.use();
  const { position, error } = state;
  if (position === undefined) {
    return error === undefined
      ? html`<${Heading} title=${words.joining} />
          <div class="skeleton tall"></div>`
      : html`<${NoPlace} place=${place} state=${state} schedule=${schedule} />`;
  }
  switch (position.status) {
    case 'WAITING':
      return position.lobby === true
        ? html`<${Lobby} place=${place} position=${position} state=${state} />`
        : html`<${Waiting} place=${place} position=${position} state=${state} />`;
    case 'ADMITTED':
      return html`<${Heading} title=${words.admittedTitle} />
        <p>${words.admittedText}</p>`;
    case 'COMPLETED':
      return html`<${Ended} title=${words.completedTitle} text=${words.completed} place=${place} done />`;
    case 'EXPIRED':
      return html`<${Ended} title=${words.expiredTitle} text=${words.expired} place=${place} />`;
    case 'LEFT':
      return html`<${Ended} title=${words.endedTitle} text=${words.left} place=${place} />`;
  }
}

interface WaitingProps {
  readonly place: PlaceInLine;
  readonly position: Position;
  readonly state: PlaceState;
}

function Waiting({ place, position, state }: WaitingProps): View {
  const words = dictionary.use();
  const formats = useFormats();
  const ahead = position.ahead ?? 0;
  const start = Math.max(state.start ?? ahead, ahead);
  const moving = useMovingNumber(ahead);
  const paused = position.paused === true;
  const shown = formats.number(Math.ceil(moving));
  const title = paused ? words.pausedTab : words.lineTab(formats.number(ahead));
  useAnnouncedPosition(ahead, paused);
  const { estimatedWaitRange: range } = position;
  const estimate = paused
    ? words.waitPaused
    : range === null
      ? words.waitUnknown
      : words.wait(range.minSeconds, range.maxSeconds);
  return html`<div class="hall">
      <div class="hall-words">
        <${Heading} title=${title}>${paused ? words.pausedTitle : words.lineTitle}<//>
        <p class="count">
          <strong class="count-number" data-ahead=${ahead} style=${{ '--chars': shown.length }}>${shown}</strong>
          <span>${ahead === 0 ? words.nextUp : words.ahead(ahead)}</span>
        </p>
        <${Progress} gone=${start - ahead} start=${start} />
        <dl class="facts">
          <div>
            <dt>${words.waitTitle}</dt>
            <dd>${estimate}</dd>
          </div>
          <div>
            <dt>${words.yourNumber}</dt>
            <dd>${formats.number(position.number)}</dd>
          </div>
        </dl>
      </div>
      <${LinePicture} ahead=${moving} start=${start} paused=${paused} />
    </div>
    ${paused && html`<p class="notice warn"><span>${words.paused}</span></p>`}
    <${Below} place=${place} state=${state} />`;
}

function Progress({ gone, start }: { readonly gone: number; readonly start: number }): View {
  const words = dictionary.use();
  const formats = useFormats();
  const part = start === 0 ? 1 : gone / start;
  const text = gone === 0 ? words.progressStart : words.progressText(formats.number(gone), formats.number(start));
  return html`<div>
    <div
      class="progress"
      role="progressbar"
      aria-label=${words.progress}
      aria-valuemin="0"
      aria-valuemax="100"
      aria-valuenow=${Math.round(part * 100)}
      aria-valuetext=${text}
    >
      <span style=${{ width: `${(part * 100).toFixed(1)}%` }}></span>
    </div>
    <p class="small on-stage-soft">${text}</p>
  </div>`;
}

function Lobby({ place, position, state }: WaitingProps): View {
  const words = dictionary.use();
  const formats = useFormats();
  const { opensAt } = position;
  const seconds = useSecondsUntil(opensAt);
  return html`<div class="hall lobby">
      <div class="hall-words">
        <${Heading} title=${words.lobbyTab}>${words.lobbyTitle}<//>
        ${
          opensAt === undefined || seconds === undefined
            ? html`<p>${words.opensSomeTime}</p>`
            : html`<div>
                <p>${seconds > 0 ? words.opensIn : words.opensNow}</p>
                <p class="count-number" role="timer" style=${{ '--chars': timeLeft(seconds, words).length }}>
                  ${timeLeft(seconds, words)}
                </p>
                <p class="small on-stage-soft">${words.opensAt(formats.moment(opensAt))}</p>
              </div>`
        }
        <p>${words.lobbyText}</p>
        <dl class="facts">
          <div>
            <dt>${words.yourNumber}</dt>
            <dd>${formats.number(position.number)}</dd>
          </div>
        </dl>
      </div>
      <${CrowdPicture} />
    </div>
    <${Below} place=${place} state=${state} />`;
}

const daySeconds = 86_400;

function timeLeft(seconds: number, words: Words): string {
  if (seconds <= 0) return '…';
  return seconds < 2 * daySeconds ? clockTime(seconds) : words.days(Math.floor(seconds / daySeconds));
}

function Below({ place, state }: { readonly place: PlaceInLine; readonly state: PlaceState }): View {
  const words = dictionary.use();
  const [asks, setAsks] = useState(false);
  const [error, setError] = useState<unknown>(state.error);
  const leave = (): void => {
    setAsks(false);
    place.leave().then(() => goTo(hrefOf(), { replace: true }), setError);
  };
  return html`<div class="stack">
    <div role="status">
      ${state.stream === 'reconnecting' && html`<p class="notice"><span>${words.reconnecting}</span></p>`}
      ${state.stream === 'refused' && html`<p class="notice"><span>${words.polling}</span></p>`}
    </div>
    ${error !== undefined && html`<${Fault} error=${error} />`}
    <p class="soft measure">${words.keepOpen}</p>
    <p><button class="button plain small" onClick=${() => setAsks(true)}>${words.leave}</button></p>
    ${
      asks &&
      html`<${Confirm}
        title=${words.leaveTitle}
        yes=${words.leaveYes}
        no=${words.leaveNo}
        danger
        onYes=${leave}
        onNo=${() => setAsks(false)}
      >
        <p>${words.leaveText}</p>
      <//>`
    }
  </div>`;
}

interface EndedProps {
  readonly title: string;
  readonly text: string;
  readonly place: PlaceInLine;
  readonly done?: boolean;
}

function Ended({ title, text, place, done = false }: EndedProps): View {
  const words = dictionary.use();
  return html`<div class="card stack narrow">
    <${Heading} title=${title} />
    <p>${text}</p>
    <div class="row">
      ${done && html`<a class="button" href=${hrefOf('me')}>${words.toMine}</a>`}
      <button class=${done ? 'button plain' : 'button'} onClick=${() => place.joinAgain()}>${words.joinAgain}</button>
      ${!done && html`<a class="button plain" href=${hrefOf()}>${words.toConcerts}</a>`}
    </div>
  </div>`;
}

function NoPlace({ place, state, schedule }: StageProps): View {
  const words = dictionary.use();
  const { error, retryAtMs } = state;
  const reason = error instanceof CallError ? error.reason : '';
  const isFull = reason === 'QUEUE_FULL';
  const title = isFull ? words.fullTitle : reason === 'QUEUE_CLOSED' ? words.closedTitle : words.failed;
  return html`<div class="card stack narrow">
    <${Heading} title=${title} />
    <p role="alert">${isFull ? words.full : faultWords(words, error)}</p>
    ${retryAtMs !== undefined && html`<${RetryIn} atMs=${retryAtMs} />`}
    <div class="row">
      ${
        retryAtMs === undefined &&
        reason !== 'QUEUE_CLOSED' &&
        html`<${BusyButton} busy=${false} onClick=${() => place.joinAgain()}>${words.tryAgain}<//>`
      }
      <a class="button plain" href=${schedule === undefined ? hrefOf() : hrefOf('concerts', schedule.concertId)}
        >${words.back}</a
      >
    </div>
  </div>`;
}

function RetryIn({ atMs }: { readonly atMs: number }): View {
  const words = dictionary.use();
  useSecondsUntil(new Date(atMs).toISOString());
  return html`<p class="soft">${words.retryIn(String(Math.max(0, Math.ceil((atMs - Date.now()) / 1_000))))}</p>`;
}

const announceEveryMs = 20_000;

/** Has a screen reader say the position now and then: not each of four changes a second. */
function useAnnouncedPosition(ahead: number, paused: boolean): void {
  const words = dictionary.use();
  const formats = useFormats();
  const [said, setSaid] = useState({ atMs: -Infinity, ahead: -1 });
  useTitle(paused ? words.pausedTab : words.lineTab(formats.number(ahead)));
  useEffect(() => {
    const now = performance.now();
    if (ahead !== said.ahead && now - said.atMs > announceEveryMs) {
      announce(words.announceAhead(formats.number(ahead)));
      setSaid({ atMs: now, ahead });
    }
  }, [ahead]);
  useEffect(() => {
    if (paused) announce(words.pausedTitle);
  }, [paused]);
}
