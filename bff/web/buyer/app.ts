import { Announcer } from '../announcer.ts';
import { html, type View } from '../html.ts';
import { dictionary } from './words.ts';

/** The buyer's page. */
export function App(): View {
  const words = dictionary.use();
  return html`
    <main class="frame" id="main"><h1>${words.concertsTitle}</h1></main>
    <${Announcer} />
  `;
}
