import { useState } from 'preact/hooks';
import { announce } from '../announcer.ts';
import { BusyButton } from '../button.ts';
import { Confirm } from '../confirm.ts';
import { html, type View } from '../html.ts';
import { useFormats } from '../language.ts';
import type { Payment, Reservation } from '../answers.ts';
import { useDeed } from './deed.ts';
import { act } from './desk.ts';
import { Fault } from './fault.ts';
import { dictionary } from './words.ts';

interface RefundFormProps {
  readonly reservation: Reservation;
  readonly paymentId: number;
  readonly onDone: () => void;
}

/** Gives money back: for the chosen seats, or for all that are left. Asks first. */
export function RefundForm({ reservation, paymentId, onDone }: RefundFormProps): View {
  const words = dictionary.use();
  const { money } = useFormats();
  const [chosen, setChosen] = useState<readonly number[]>([]);
  const [asked, setAsked] = useState(false);
  const { busy, error, run } = useDeed();
  const { seats, refundedSeatIds, currency } = reservation;
  const left = seats.filter(({ id }) => !refundedSeatIds.includes(id));
  const picked = left.filter(({ id }) => chosen.includes(id));
  const isWhole = picked.length === 0 || picked.length === left.length;
  const amount = (isWhole ? left : picked).reduce((sum, { price }) => sum + price, 0);
  const what = isWhole ? words.refundAll : words.refundSome(picked.length);
  const refund = (): void =>
    run(
      () =>
        act<Payment>('POST', `/v1/admin/payments/${paymentId}/refund`, {
          ...(!isWhole && { seatIds: picked.map(({ id }) => id) }),
        }),
      ({ status }) => {
        setChosen([]);
        announce(status === 'REFUNDING' ? words.refundUnderWay : words.refunded);
        onDone();
      },
    );
  return html`<div class="stack">
    <fieldset class="stack-small">
      <legend>${words.seats}</legend>
      ${seats.map((seat) => {
        const isGone = refundedSeatIds.includes(seat.id);
        return html`<label key=${seat.id} class="check spread">
          <span class="row">
            <input
              type="checkbox"
              checked=${chosen.includes(seat.id)}
              disabled=${isGone || busy}
              onChange=${() => setChosen(toggled(chosen, seat.id))}
            />
            ${words.seatName(seat)}
          </span>
          <span class="soft">${isGone && `${words.states['REFUNDED']} · `}${money(seat.price, currency)}</span>
        </label>`;
      })}
    </fieldset>
    ${error !== undefined && html`<${Fault} error=${error} />`}
    <div>
      <${BusyButton} class="danger" busy=${busy} onClick=${() => setAsked(true)}
        >${what} (${money(amount, currency)})<//
      >
    </div>
    ${
      asked &&
      html`<${Confirm}
        danger
        title=${words.refundTitle}
        yes=${words.refundYes}
        no=${words.keep}
        onNo=${() => setAsked(false)}
        onYes=${() => {
          setAsked(false);
          refund();
        }}
      >
        <p>${words.refundText(money(amount, currency), reservation.memberId)}</p>
      <//>`
    }
  </div>`;
}

function toggled(chosen: readonly number[], id: number): readonly number[] {
  return chosen.includes(id) ? chosen.filter((one) => one !== id) : [...chosen, id];
}
