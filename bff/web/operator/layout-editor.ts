import { html, type View } from '../html.ts';
import { emptySection, type DateDraft, type SectionDraft } from './date-draft.ts';
import type { FieldFaults } from './fault.ts';
import { Field } from './field.ts';
import { dictionary } from './words.ts';

const sectionsMax = 100;

interface LayoutEditorProps {
  readonly draft: DateDraft;
  readonly change: (part: Partial<DateDraft>) => void;
  readonly faults: FieldFaults;
}

/** The sections of a hall, from the best to the last. */
export function LayoutEditor({ draft: { sections }, change, faults }: LayoutEditorProps): View {
  const words = dictionary.use();
  const set = (index: number, part: Partial<SectionDraft>): void => {
    const section = sections[index];
    if (section !== undefined) change({ sections: sections.with(index, { ...section, ...part }) });
  };
  return html`<fieldset class="stack">
    <legend>${words.layout}</legend>
    ${faults.has('layout') && html`<p class="small fault">${faults.get('layout')}</p>`}
    ${sections.map(
      (section, index) =>
        html`<div key=${index} class="section" role="group" aria-label=${words.sectionNumber(index + 1)}>
          <${SectionFields}
            section=${section}
            index=${index}
            faults=${faults}
            onChange=${(part: Partial<SectionDraft>) => set(index, part)}
          />
          ${
            sections.length > 1 &&
            html`<button
              type="button"
              class="link"
              aria-label=${words.removeSection(index + 1)}
              onClick=${() => change({ sections: sections.toSpliced(index, 1) })}
            >
              ${words.remove}
            </button>`
          }
        </div>`,
    )}
    ${
      sections.length < sectionsMax &&
      html`<div>
        <button
          type="button"
          class="button plain small"
          onClick=${() => change({ sections: [...sections, emptySection] })}
        >
          ${words.addSection}
        </button>
      </div>`
    }
  </fieldset>`;
}

interface SectionFieldsProps {
  readonly section: SectionDraft;
  readonly index: number;
  readonly faults: FieldFaults;
  readonly onChange: (part: Partial<SectionDraft>) => void;
}

function SectionFields({ section, index, faults, onChange }: SectionFieldsProps): View {
  const words = dictionary.use();
  const field = (name: keyof SectionDraft, label: string, limits: object): View =>
    html`<${Field}
      id=${`section-${index}-${name}`}
      label=${label}
      value=${section[name]}
      fault=${faults.get(`layout[${index}].${name}`)}
      onInput=${(text: string) => onChange({ [name]: text })}
      ...${limits}
    />`;
  return html`
    ${field('section', words.sectionName, { maxLength: 40 })}
    ${field('rows', words.rows, { type: 'number', min: 1, max: 200 })}
    ${field('seatsPerRow', words.seatsPerRow, { type: 'number', min: 1, max: 200 })}
    ${field('price', words.price('KRW'), { type: 'number', min: 0 })}
  `;
}
