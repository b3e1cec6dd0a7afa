import { html, type View } from '../html.ts';

interface FieldProps {
  /** Unique in the page; the id of the input. */
  readonly id: string;
  readonly label: string;
  readonly value: string;
  readonly onInput: (value: string) => void;
  /** When the person is done with it: Enter, or leaving it. */
  readonly onDone?: () => void;
  readonly type?: 'text' | 'number' | 'date' | 'datetime-local' | 'password' | 'area';
  readonly hint?: string | undefined;
  readonly fault?: string | undefined;
  readonly min?: number;
  readonly max?: number;
  readonly maxLength?: number;
  readonly autocomplete?: string;
}

/** An input with its label, what there is to know about it, and what is wrong with it. */
export function Field(props: FieldProps): View {
  const { id, label, value, onInput, onDone, type = 'text', hint, fault, ...rules } = props;
  const described = [hint === undefined ? '' : `${id}-hint`, fault === undefined ? '' : `${id}-fault`].join(' ').trim();
  const input = {
    id,
    value,
    'aria-invalid': fault === undefined ? undefined : 'true',
    'aria-describedby': described === '' ? undefined : described,
    onInput: (event: Event) => onInput((event.target as HTMLInputElement).value),
    onChange: onDone,
    min: rules.min,
    max: rules.max,
    maxlength: rules.maxLength,
    autocomplete: rules.autocomplete ?? 'off',
  };
  return html`<div class="field">
    <label for=${id}>${label}</label>
    ${
      type === 'area'
        ? html`<textarea rows="3" ...${input}></textarea>`
        : html`<input type=${type} inputmode=${type === 'number' ? 'numeric' : undefined} ...${input} />`
    }
    ${hint !== undefined && html`<p class="small soft" id=${`${id}-hint`}>${hint}</p>`}
    ${fault !== undefined && html`<p class="small fault" id=${`${id}-fault`}>${fault}</p>`}
  </div>`;
}

/** A whole number as it was typed; undefined when it is none. */
export function wholeNumber(text: string): number | undefined {
  return /^\s*-?\d{1,15}\s*$/.test(text) ? Number(text) : undefined;
}
