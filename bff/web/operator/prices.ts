import { useState } from 'preact/hooks';
import { announce } from '../announcer.ts';
import { BusyButton } from '../button.ts';
import { html, type View } from '../html.ts';
import { useFormats } from '../language.ts';
import { useDeed } from './deed.ts';
import { act } from './desk.ts';
import { fieldFaultsOf, RestOfFault } from './fault.ts';
import { Field, wholeNumber } from './field.ts';
import { dictionary } from './words.ts';

/** Changes what seats cost from now on: of all, of a section, or of some. */
export function Prices({ scheduleId, currency }: { readonly scheduleId: number; readonly currency: string }): View {
  const words = dictionary.use();
  const { number } = useFormats();
  const [price, setPrice] = useState('');
  const [section, setSection] = useState('');
  const [isWrong, setWrong] = useState(false);
  const [changed, setChanged] = useState<number | undefined>(undefined);
  const { busy, error, run } = useDeed();
  const faults = fieldFaultsOf(words, error);
  const save = (): void => {
    const amount = wholeNumber(price);
    setWrong(amount === undefined);
    setChanged(undefined);
    if (amount === undefined || busy) return;
    const body = { price: amount, ...(section.trim() !== '' && { section: section.trim() }) };
    run(
      () => act<{ changed: number }>('POST', `/v1/admin/schedules/${scheduleId}/prices`, body),
      (answer) => {
        setChanged(answer.changed);
        announce(words.pricesChanged(number(answer.changed)));
      },
    );
  };
  return html`<section class="card stack" aria-labelledby="prices-title">
    <div class="stack-small">
      <h2 id="prices-title">${words.pricesTitle}</h2>
      <p class="small soft">${words.pricesText}</p>
    </div>
    <form
      class="stack prices"
      novalidate
      onSubmit=${(event: Event) => {
        event.preventDefault();
        save();
      }}
    >
      <${Field}
        id="price-section"
        label=${words.section}
        hint=${words.sectionHint}
        value=${section}
        maxLength=${40}
        onInput=${setSection}
        fault=${faults.get('section')}
      />
      <${Field}
        id="price"
        type="number"
        min=${0}
        label=${words.price(currency)}
        value=${price}
        onInput=${setPrice}
        fault=${isWrong ? words.notANumber : faults.get('price')}
      />
      <div><${BusyButton} class="plain small" busy=${busy} onClick=${save}>${words.changePrices}<//></div>
    </form>
    <${RestOfFault} error=${error} faults=${faults} shown=${['section', 'price']} />
    ${changed !== undefined && html`<p class="small">${words.pricesChanged(number(changed))}</p>`}
  </section>`;
}
