import { html, type View } from './html.ts';

/** Leads those who use a keyboard past the bar. */
export function SkipLink({ label }: { readonly label: string }): View {
  return html`<a class="skip" href="#main" onClick=${skipToMain}>${label}</a>`;
}

// The address behind # says where in the page we are: a plain link would change it.
function skipToMain(event: Event): void {
  event.preventDefault();
  document.getElementById('main')?.focus();
}
