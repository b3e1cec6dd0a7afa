import { html, type View } from '../html.ts';
import { useLoading } from '../loading.ts';
import type { Reservation } from '../answers.ts';
import { read } from './desk.ts';
import { Fault } from './fault.ts';
import { Heading } from './heading.ts';
import { ReservationCard } from './reservation-card.ts';
import { SearchForm } from './search.ts';
import { Skeletons } from './skeletons.ts';
import { dictionary } from './words.ts';

/** A reservation, whosever it is. */
export function ReservationDesk({ id }: { readonly id: number }): View {
  const words = dictionary.use();
  const { value, error, again } = useLoading(
    (signal) => read<Reservation>(`/v1/admin/reservations/${id}`, signal),
    [id],
  );
  return html`<section class="stack-wide">
    <${Heading} title=${words.reservationNumber(id)} />
    ${error !== undefined && html`<${Fault} error=${error} onRetry=${again} />`}
    ${value === undefined && error === undefined && html`<${Skeletons} />`}
    ${value !== undefined && html`<${ReservationCard} reservation=${value} onChanged=${again} />`}
    <${SearchForm} />
  </section>`;
}
