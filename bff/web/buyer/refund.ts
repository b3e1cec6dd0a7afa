import { useState } from 'preact/hooks';
import { pause, get } from '../call.ts';
import { Confirm } from '../confirm.ts';
import { html, type View } from '../html.ts';
import { useFormats } from '../language.ts';
import type { Payment, Reservation } from '../answers.ts';
import { attempt } from './attempt.ts';
import { Fault } from './fault.ts';
import { dictionary } from './words.ts';

interface RefundDialogProps {
  readonly reservation: Reservation;
  readonly memberId: string;
  /** With what there is to say of it; undefined when nothing was done. */
  readonly onClose: (said: string | undefined) => void;
}

const pollMs = 1_000;
const pollsMax = 10;

/** Asks which seats to give back, and gives them back. */
export function RefundDialog({ reservation, memberId, onClose }: RefundDialogProps): View {
  const words = dictionary.use();
  const formats = useFormats();
  const { currency, payment, refundedSeatIds } = reservation;
  const left = reservation.seats.filter(({ id }) => !refundedSeatIds.includes(id));
  const [chosen, setChosen] = useState<ReadonlySet<number>>(new Set(left.map(({ id }) => id)));
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(undefined);
  const amount = left.reduce((sum, { id, price }) => sum + (chosen.has(id) ? price : 0), 0);
  const toggle = (id: number): void => {
    const next = new Set(chosen);
    if (!next.delete(id)) next.add(id);
    setChosen(next);
  };
  const refund = (): void => {
    if (busy || payment === undefined) return;
    setBusy(true);
    setError(undefined);
    const seatIds = [...chosen].toSorted((one, other) => one - other);
    giveBack(payment.id, memberId, chosen.size === left.length ? undefined : seatIds)
      .then((isDone) => onClose(isDone ? words.refundDone(formats.money(amount, currency)) : words.refundGoesOn))
      .catch((refusal: unknown) => {
        setError(refusal);
        setBusy(false);
      });
  };
  return html`<${Confirm}
    title=${words.refundTitle}
    yes=${chosen.size === 0 ? words.refundNone : words.refundYes(formats.money(amount, currency))}
    no=${words.cancel}
    danger
    disabled=${busy || chosen.size === 0}
    onYes=${refund}
    onNo=${() => onClose(undefined)}
  >
    <p>${words.refundText}</p>
    <ul class="stack tight">
      ${left.map(
        ({ id, section, row, number, price }) =>
          html`<li key=${id}>
            <label class="check">
              <input type="checkbox" checked=${chosen.has(id)} disabled=${busy} onChange=${() => toggle(id)} />
              <span>${words.place(section, row, number)}</span>
              <span>${formats.money(price, currency)}</span>
            </label>
          </li>`,
      )}
    </ul>
    ${error !== undefined && html`<${Fault} error=${error} />`}
  <//>`;
}

/** Gives seats back; tells whether that is done, or still goes on by itself. */
async function giveBack(paymentId: number, memberId: string, seatIds: readonly number[] | undefined): Promise<boolean> {
  const owner = `memberId=${encodeURIComponent(memberId)}`;
  const body = seatIds === undefined ? {} : { seatIds };
  const name = `refund.${paymentId}.${JSON.stringify(body)}`;
  const answer = await attempt<Payment>(name, `/v1/payments/${paymentId}/refund?${owner}`, body);
  let payment = answer.body;
  for (let polls = 0; payment.status === 'REFUNDING' && polls < pollsMax; polls++) {
    await pause(pollMs);
    payment = await get<Payment>(`/v1/payments/${paymentId}?${owner}`);
  }
  return payment.status !== 'REFUNDING';
}
