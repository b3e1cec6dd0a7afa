import { useState } from 'preact/hooks';
import { BusyButton } from '../button.ts';
import { html, type View } from '../html.ts';
import { useSignal } from '../signal.ts';
import { useDeed } from './deed.ts';
import { session, signIn } from './desk.ts';
import { Fault } from './fault.ts';
import { Field } from './field.ts';
import { Heading } from './heading.ts';
import { dictionary } from './words.ts';

/** Asks for an operator's key. */
export function SignIn(): View {
  const words = dictionary.use();
  const current = useSignal(session);
  const [key, setKey] = useState('');
  const { busy, error, run } = useDeed();
  const why = current.state === 'out' ? current.why : undefined;
  const send = (): void => {
    if (!busy) run(() => signIn(key));
  };
  return html`<section class="card stack sign-in">
    <${Heading} title=${words.signInTitle} />
    <p>${words.signInText}</p>
    <p class="small soft">${words.signInWhere}</p>
    ${why === 'ended' && html`<div class="notice warn" role="alert"><p>${words.signInEnded}</p></div>`}
    <form
      class="stack"
      onSubmit=${(event: Event) => {
        event.preventDefault();
        send();
      }}
    >
      <${Field}
        id="operator-key"
        type="password"
        label=${words.signInKey}
        value=${key}
        onInput=${setKey}
        fault=${why === 'refused' ? words.signInRefused : undefined}
      />
      ${error !== undefined && html`<${Fault} error=${error} />`}
      <div><${BusyButton} busy=${busy} onClick=${send}>${words.signIn}<//></div>
    </form>
  </section>`;
}
