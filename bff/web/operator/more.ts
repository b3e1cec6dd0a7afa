import { BusyButton } from '../button.ts';
import { html, type View } from '../html.ts';
import { Fault } from './fault.ts';
import type { Pages } from '../paging.ts';
import { Skeletons } from './skeletons.ts';
import { dictionary } from './words.ts';

/** What is said around a list: that it is coming, is empty, could not be read, or goes on. */
export function More({ pages, empty }: { readonly pages: Pages<unknown>; readonly empty: string }): View {
  const words = dictionary.use();
  const { items, error, more, again } = pages;
  return html`
    ${error !== undefined && html`<${Fault} error=${error} onRetry=${again} />`}
    ${items === undefined && error === undefined && html`<${Skeletons} />`}
    ${items?.length === 0 && html`<p class="soft">${empty}</p>`}
    ${more && html`<p><${BusyButton} class="plain small" busy=${more.busy} onClick=${more.load}>${words.showMore}<//></p>`}
  `;
}
