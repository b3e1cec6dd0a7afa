import { useState } from 'preact/hooks';
import { announce } from '../announcer.ts';
import { html, type View } from '../html.ts';
import type { Policy, Queue } from './answers.ts';
import { act } from './desk.ts';
import { faultWords, fieldFaultsOf } from './fault.ts';
import { Field, wholeNumber } from './field.ts';
import { policyFields } from './policy-fields.ts';
import { dictionary } from './words.ts';

interface PolicyControlsProps {
  readonly queue: Queue;
  readonly onQueue: (queue: Queue) => void;
}

/** What was typed into a field, or sent and not yet answered, or refused. */
interface Edit {
  readonly text: string;
  readonly saving?: true;
  readonly fault?: string;
}

type Name = keyof Policy;

/** The policy, a field at a time: what is changed takes effect at once, and goes back to what stands where it is refused. */
export function PolicyControls({ queue, onQueue }: PolicyControlsProps): View {
  const words = dictionary.use();
  const [edits, setEdits] = useState<Partial<Record<Name, Edit>>>({});
  const edit = (name: Name, to: Edit | undefined): void => setEdits((before) => withEdit(before, name, to));
  const save = (name: Name): void => {
    const text = edits[name]?.text;
    if (text === undefined || edits[name]?.saving) return;
    const value = wholeNumber(text);
    if (value === undefined) return edit(name, { text, fault: words.notANumber });
    if (value === queue[name]) return edit(name, undefined);
    edit(name, { text, saving: true });
    act<Queue>('PATCH', `/v1/admin/schedules/${queue.scheduleId}/queue`, changeOf(queue, name, value)).then(
      (changed) => {
        onQueue(changed);
        edit(name, undefined);
        announce(words.saved(words.policy[name].label));
      },
      (error: unknown) => {
        const faults = fieldFaultsOf(words, error);
        const fault = faults.get(name) ?? [...faults.values()][0] ?? faultWords(words, error);
        edit(name, { text, fault });
        announce(fault, 'urgent');
      },
    );
  };
  const isClosed = queue.state === 'CLOSED';
  return html`<section class="card stack" aria-labelledby="policy-title">
    <div class="stack-small">
      <h2 id="policy-title">${words.policyTitle}</h2>
      <p class="small soft">${isClosed ? words.policyClosed : words.policyText}</p>
    </div>
    ${
      !isClosed &&
      html`<div class="policy">
        ${policyFields.map(
          ({ name, min, max }) =>
            html`<form
              key=${name}
              novalidate
              aria-busy=${edits[name]?.saving ? 'true' : undefined}
              onSubmit=${(event: Event) => {
                event.preventDefault();
                save(name);
              }}
            >
              <${Field}
                id=${`policy-${name}`}
                type="number"
                label=${words.policy[name].label}
                hint=${edits[name]?.saving ? words.saving : words.policy[name].hint}
                value=${edits[name]?.text ?? String(queue[name])}
                min=${min}
                max=${max}
                fault=${edits[name]?.fault}
                onInput=${(text: string) => edit(name, { text })}
                onDone=${() => save(name)}
              />
            </form>`,
        )}
      </div>`
    }
  </section>`;
}

/** A rate needs its interval: whoever sets the first of them means a second. */
function changeOf(queue: Queue, name: Name, value: number): Partial<Policy> {
  const needsInterval = name === 'admitCount' && value > 0 && queue.admitIntervalSeconds === 0;
  return { [name]: value, ...(needsInterval && { admitIntervalSeconds: 1 }) };
}

function withEdit(edits: Partial<Record<Name, Edit>>, name: Name, to: Edit | undefined): Partial<Record<Name, Edit>> {
  const others = Object.fromEntries(Object.entries(edits).filter(([one]) => one !== name));
  return to === undefined ? others : { ...others, [name]: to };
}
