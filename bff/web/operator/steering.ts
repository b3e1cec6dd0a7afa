import { useState } from 'preact/hooks';
import { announce } from '../announcer.ts';
import { BusyButton } from '../button.ts';
import { Confirm } from '../confirm.ts';
import { html, type View } from '../html.ts';
import type { Live, Queue, Schedule } from '../answers.ts';
import { useDeed } from './deed.ts';
import { act } from './desk.ts';
import { Fault } from './fault.ts';
import { dictionary } from './words.ts';

interface SteeringProps {
  readonly live: Live;
  readonly onQueue: (queue: Queue) => void;
}

/** Pause and go on, close the queue, call the date off. */
export function Steering({ live, onQueue }: SteeringProps): View {
  const words = dictionary.use();
  const { schedule, queue } = live;
  const { busy, error, run } = useDeed();
  const [asked, setAsked] = useState<'close' | 'cancel' | undefined>(undefined);
  const path = `/v1/admin/schedules/${schedule.id}`;
  const steer = (how: 'pause' | 'resume' | 'close'): void =>
    run(
      () => act<Queue>('POST', `${path}/queue/${how}`, {}),
      (changed) => {
        onQueue(changed);
        announce(words.states[changed.state] ?? changed.state);
      },
    );
  const cancel = (): void =>
    run(
      () => act<Schedule & { cancelledReservations: number }>('POST', `${path}/cancellation`, {}),
      ({ cancelledReservations }) => announce(words.cancelled(cancelledReservations)),
    );
  const isPaused = queue.state === 'PAUSED';
  const isClosed = queue.state === 'CLOSED';
  return html`<section class="stack-small" aria-label=${words.steering}>
    <div class="row">
      ${
        !isClosed &&
        html`<${BusyButton}
          class=${isPaused ? '' : 'plain'}
          busy=${busy}
          onClick=${() => steer(isPaused ? 'resume' : 'pause')}
        >
          ${isPaused ? words.resume : words.pause}
        <//>`
      }
      ${
        !isClosed &&
        html`<button type="button" class="button danger" onClick=${() => setAsked('close')}>${words.close}</button>`
      }
      ${
        schedule.state !== 'CANCELLED' &&
        html`<button type="button" class="button danger" onClick=${() => setAsked('cancel')}>
          ${words.cancelDate}
        </button>`
      }
    </div>
    ${error !== undefined && html`<${Fault} error=${error} />`}
    ${
      asked === 'close' &&
      html`<${Confirm}
        danger
        title=${words.closeTitle}
        yes=${words.close}
        no=${words.keep}
        onNo=${() => setAsked(undefined)}
        onYes=${() => {
          setAsked(undefined);
          steer('close');
        }}
      >
        <p>${words.closeText}</p>
      <//>`
    }
    ${
      asked === 'cancel' &&
      html`<${Confirm}
        danger
        title=${words.cancelTitle}
        yes=${words.cancelDate}
        no=${words.keep}
        onNo=${() => setAsked(undefined)}
        onYes=${() => {
          setAsked(undefined);
          cancel();
        }}
      >
        <p>${words.cancelText}</p>
      <//>`
    }
  </section>`;
}
