import { useState } from 'preact/hooks';
import { useRefreshing } from '../paging.ts';
import { html, type View } from '../html.ts';
import { useFormats } from '../language.ts';
import { goTo, hrefOf } from '../route.ts';
import type { ListedQueue, QueueState } from '../answers.ts';
import { Field, wholeNumber } from './field.ts';
import { Heading } from './heading.ts';
import { More } from './more.ts';
import { usePages } from './pages.ts';
import { StateBadge } from './state-badge.ts';
import { dictionary } from './words.ts';

const states: readonly (QueueState | '')[] = ['', 'OPEN', 'PAUSED', 'SCHEDULED', 'CLOSED'];

const againMs = 5_000;

/** All dates that have a queue. */
export function Dates(): View {
  const words = dictionary.use();
  const [state, setState] = useState<QueueState | ''>('');
  const pages = usePages<'queues', ListedQueue>(`/v1/admin/queues?state=${state}`, 'queues');
  useRefreshing(pages, againMs);
  return html`<section class="stack-wide">
    <div class="spread">
      <${Heading} title=${words.datesTitle} />
      <a class="button small" href=${hrefOf('concerts')}>${words.newConcert}</a>
    </div>
    <div class="spread">
      <div class="choices" role="group" aria-label=${words.filter}>
        ${states.map(
          (one) =>
            html`<button
              type="button"
              key=${one}
              class="choice"
              aria-pressed=${one === state ? 'true' : 'false'}
              onClick=${() => setState(one)}
            >
              ${one === '' ? words.all : words.states[one]}
            </button>`,
        )}
      </div>
      <${GoToDate} />
    </div>
    ${
      pages.items !== undefined &&
      pages.items.length > 0 &&
      html`<ul class="dates">
        ${pages.items.map((queue) => html`<li key=${queue.scheduleId}><${DateCard} queue=${queue} /></li>`)}
      </ul>`
    }
    <${More} pages=${pages} empty=${words.noDates} />
  </section>`;
}

function DateCard({ queue }: { readonly queue: ListedQueue }): View {
  const words = dictionary.use();
  const formats = useFormats();
  const { schedule } = queue;
  const name = schedule?.concertName ?? words.dateNumber(queue.scheduleId);
  return html`<article class="card date-card">
    <div class="stack-small">
      <h2>
        <a class="stretched" href=${hrefOf('dates', queue.scheduleId)}>${name}</a>
      </h2>
      <p class="soft small">${schedule && `${formats.day(schedule.date)} · `}${words.dateNumber(queue.scheduleId)}</p>
    </div>
    <p class="row">
      ${schedule?.state === 'CANCELLED' && html`<${StateBadge} state="CANCELLED" />`}
      <${StateBadge} state=${queue.state} />
    </p>
    <dl class="numbers small">
      <div>
        <dt>${words.waiting}</dt>
        <dd>${formats.number(queue.waiting)}</dd>
      </div>
      <div>
        <dt>${words.inside}</dt>
        <dd>${formats.number(queue.admitted)}</dd>
      </div>
      ${
        schedule &&
        html`<div>
          <dt>${words.seatsLeft}</dt>
          <dd>${formats.number(schedule.remainingSeats)} / ${formats.number(schedule.totalSeats)}</dd>
        </div>`
      }
    </dl>
  </article>`;
}

function GoToDate(): View {
  const words = dictionary.use();
  const [text, setText] = useState('');
  const id = wholeNumber(text);
  return html`<form
    class="row go-to"
    onSubmit=${(event: Event) => {
      event.preventDefault();
      if (id !== undefined && id > 0) goTo(hrefOf('dates', id));
    }}
  >
    <${Field} id="go-to-date" label=${words.goToDate} type="number" min=${1} value=${text} onInput=${setText} />
    <button class="button plain small">${words.go}</button>
  </form>`;
}
