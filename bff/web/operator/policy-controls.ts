import { html, type View } from '../html.ts';
import type { Queue } from '../answers.ts';
import { Field } from './field.ts';
import { usePolicyEdits, type Edit, type PolicyName } from './policy-edits.ts';
import { policyFields } from './policy-fields.ts';
import { dictionary } from './words.ts';

interface PolicyControlsProps {
  readonly queue: Queue;
  readonly onQueue: (queue: Queue) => void;
}

/** The policy, a field at a time: what is changed takes effect at once. */
export function PolicyControls({ queue, onQueue }: PolicyControlsProps): View {
  const words = dictionary.use();
  const { edits, edit, save } = usePolicyEdits(queue, onQueue);
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
            html`<${PolicyField}
              key=${name}
              name=${name}
              limits=${{ min, max }}
              standing=${queue[name]}
              edit=${edits[name]}
              onInput=${(text: string) => edit(name, { text })}
              onSave=${() => save(name)}
            />`,
        )}
      </div>`
    }
  </section>`;
}

interface PolicyFieldProps {
  readonly name: PolicyName;
  readonly limits: { readonly min: number; readonly max: number };
  readonly standing: number;
  readonly edit: Edit | undefined;
  readonly onInput: (text: string) => void;
  readonly onSave: () => void;
}

function PolicyField({ name, limits, standing, edit, onInput, onSave }: PolicyFieldProps): View {
  const words = dictionary.use();
  return html`<form
    novalidate
    aria-busy=${edit?.saving ? 'true' : undefined}
    onSubmit=${(event: Event) => {
      event.preventDefault();
      onSave();
    }}
  >
    <${Field}
      id=${`policy-${name}`}
      type="number"
      label=${words.policy[name].label}
      hint=${edit?.saving ? words.saving : words.policy[name].hint}
      value=${edit?.text ?? String(standing)}
      fault=${edit?.fault}
      onInput=${onInput}
      onDone=${onSave}
      ...${limits}
    />
  </form>`;
}
