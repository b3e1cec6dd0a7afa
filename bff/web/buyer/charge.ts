import { useState } from 'preact/hooks';
import { announce } from '../announcer.ts';
import { BusyButton } from '../button.ts';
import { html, type View } from '../html.ts';
import { useFormats } from '../language.ts';
import type { Balance } from '../answers.ts';
import { attempt } from './attempt.ts';
import { Fault } from './fault.ts';
import { dictionary } from './words.ts';

interface ChargeProps {
  readonly memberId: string;
  readonly currency: string;
  /** What to put into the field at first. */
  readonly suggested: number;
  readonly onCharged: (balance: Balance) => void;
}

const quickAmounts = [10_000, 50_000, 100_000];

/** Puts money on a member's balance. */
export function Charge({ memberId, currency, suggested, onCharged }: ChargeProps): View {
  const words = dictionary.use();
  const formats = useFormats();
  const [text, setText] = useState(String(suggested));
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(undefined);
  const [isWrong, setWrong] = useState(false);
  const [done, setDone] = useState<string | undefined>(undefined);
  const send = (): void => {
    const amount = Number(text.replaceAll(/[,\s]/g, ''));
    const wrong = !Number.isSafeInteger(amount) || amount < 1;
    setWrong(wrong);
    if (wrong || busy) return;
    setBusy(true);
    setError(undefined);
    setDone(undefined);
    const path = `/v1/members/${encodeURIComponent(memberId)}/charges`;
    attempt<Balance>(`charge.${memberId}.${amount}`, path, { amount })
      .then(({ body }) => {
        const said = words.charged(formats.money(amount, currency));
        setDone(said);
        announce(said);
        onCharged(body);
      }, setError)
      .finally(() => setBusy(false));
  };
  return html`<form
    class="stack"
    onSubmit=${(event: Event) => {
      event.preventDefault();
      send();
    }}
  >
    <div class="field">
      <label for="charge">${words.chargeLabel}</label>
      <div class="row tight">
        <input
          id="charge"
          class="figure"
          inputmode="numeric"
          autocomplete="off"
          value=${text}
          aria-invalid=${isWrong}
          aria-describedby=${isWrong ? 'charge-fault' : undefined}
          onInput=${(event: Event) => setText((event.target as HTMLInputElement).value)}
        />
        <${BusyButton} class="plain" busy=${busy} onClick=${send}>${words.charge}<//>
      </div>
      ${isWrong && html`<p class="small fault" id="charge-fault">${words.chargeFault}</p>`}
    </div>
    <div class="row tight">
      ${quickAmounts.map(
        (amount) =>
          html`<button type="button" class="chip" key=${amount} onClick=${() => setText(String(amount))}>
            ${formats.money(amount, currency)}
          </button>`,
      )}
    </div>
    ${done && html`<p class="small">✓ ${done}</p>`} ${error !== undefined && html`<${Fault} error=${error} />`}
  </form>`;
}
