import { useState } from 'preact/hooks';
import { BusyButton } from '../button.ts';
import { html, type Inside, type View } from '../html.ts';
import { useSignal } from '../signal.ts';
import { Fault } from './fault.ts';
import { Heading } from './heading.ts';
import { beMember, session } from './session.ts';
import { dictionary } from './words.ts';

/** Shows what is inside to a member, and asks everybody else who they are. */
export function Members({ children }: { readonly children: (memberId: string) => Inside }): View {
  const current = useSignal(session);
  switch (current.state) {
    case 'asking':
      return html`<div class="stack">
        <div class="skeleton line"></div>
        <div class="skeleton"></div>
      </div>`;
    case 'signed-out':
      return html`<${SignIn} url=${current.signInUrl} />`;
    case 'signed-in':
      return html`${children(current.memberId)}`;
    case 'open':
      return current.memberId === undefined ? html`<${Who} />` : html`${children(current.memberId)}`;
  }
}

function SignIn({ url }: { readonly url: string | undefined }): View {
  const words = dictionary.use();
  return html`<section class="card stack narrow">
    <${Heading} title=${words.signInTitle} />
    <p>${words.signInText}</p>
    ${
      url === undefined
        ? html`<p class="notice warn"><span>${words.signInNowhere}</span></p>`
        : html`<p><a class="button" href=${url}>${words.signIn}</a></p>`
    }
  </section>`;
}

const idLengthMax = 64;

function Who(): View {
  const words = dictionary.use();
  const [id, setId] = useState('');
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(undefined);
  const [isWrong, setWrong] = useState(false);
  const send = (): void => {
    const wanted = id.trim();
    const wrong = wanted === '' || wanted.length > idLengthMax;
    setWrong(wrong);
    if (wrong || busy) return;
    setBusy(true);
    beMember(wanted)
      .catch(setError)
      .finally(() => setBusy(false));
  };
  return html`<section class="card stack narrow">
    <${Heading} title=${words.whoTitle} />
    <p>${words.whoText}</p>
    <form
      class="stack"
      onSubmit=${(event: Event) => {
        event.preventDefault();
        send();
      }}
    >
      <div class="field">
        <label for="member">${words.whoLabel}</label>
        <input
          id="member"
          autocomplete="username"
          autocapitalize="none"
          value=${id}
          aria-invalid=${isWrong}
          aria-describedby=${isWrong ? 'member-fault' : undefined}
          onInput=${(event: Event) => setId((event.target as HTMLInputElement).value)}
        />
        ${isWrong && html`<p class="small fault" id="member-fault">${words.whoFault}</p>`}
      </div>
      ${error !== undefined && html`<${Fault} error=${error} />`}
      <div><${BusyButton} busy=${busy} onClick=${send}>${words.whoButton}<//></div>
    </form>
  </section>`;
}
