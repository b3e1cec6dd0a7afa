import { html, type View } from '../html.ts';
import { dictionary } from './words.ts';

/** What stands where something is about to come. */
export function Skeletons(): View {
  const words = dictionary.use();
  return html`<div class="stack" role="status">
    <span class="unseen">${words.loading}</span>
    <div class="skeleton line"></div>
    <div class="skeleton"></div>
    <div class="skeleton"></div>
  </div>`;
}
