import { html, type View } from '../html.ts';
import { useRefreshing } from '../paging.ts';
import { useFormats } from '../language.ts';
import { hrefOf } from '../route.ts';
import type { Action } from '../answers.ts';
import { Heading } from './heading.ts';
import { More } from './more.ts';
import { usePages } from './pages.ts';
import { dictionary } from './words.ts';

const againMs = 2_000;

/** What operators did, newest first. */
export function Actions(): View {
  const words = dictionary.use();
  const pages = usePages<'actions', Action>('/v1/admin/actions', 'actions');
  useRefreshing(pages, againMs);
  return html`<section class="stack-wide">
    <div class="stack-small">
      <${Heading} title=${words.actionsTitle} />
      <p class="soft">${words.actionsText}</p>
    </div>
    ${
      pages.items !== undefined &&
      pages.items.length > 0 &&
      html`<ol class="actions">
        ${pages.items.map((action) => html`<li key=${action.id} class="action"><${One} action=${action} /></li>`)}
      </ol>`
    }
    <${More} pages=${pages} empty=${words.noActions} />
  </section>`;
}

function One({ action: { at, operator, action, subject, details } }: { readonly action: Action }): View {
  const words = dictionary.use();
  const { moment, clock } = useFormats();
  const said = Object.entries(details);
  return html`
    <time class="small soft" datetime=${at} title=${moment(at)}
      >${moment(at)} <span class="unseen">${clock(at)}</span></time
    >
    <div class="stack-small">
      <p><strong>${words.actions[action] ?? action}</strong> · <${Subject} subject=${subject} /></p>
      ${
        said.length > 0 &&
        html`<dl class="details small">
          ${said.map(
            ([name, value]) =>
              html`<div key=${name}>
                <dt>${name}</dt>
                <dd>${textOf(value)}</dd>
              </div>`,
          )}
        </dl>`
      }
    </div>
    <p class="small soft">${operator}</p>
  `;
}

const places: Readonly<Record<string, string>> = {
  queues: 'dates',
  schedules: 'dates',
  concerts: 'concerts',
  payments: 'payments',
  members: 'members',
};

function Subject({ subject }: { readonly subject: string }): View {
  const words = dictionary.use();
  const [kind = '', ...rest] = subject.split('/');
  const id = rest.join('/');
  const place = places[kind];
  const name = words.subjects[kind]?.(id) ?? subject;
  return place === undefined ? html`<span>${name}</span>` : html`<a href=${hrefOf(place, id)}>${name}</a>`;
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
