import { html, type View } from '../html.ts';
import type { Concert } from '../answers.ts';
import type { FieldFaults } from './fault.ts';
import { Field } from './field.ts';
import { dictionary } from './words.ts';

/** What is typed of a concert. */
export type ConcertText = Omit<Concert, 'id'>;

export const emptyConcert: ConcertText = { name: '', description: '', venue: '' };

interface ConcertFieldsProps {
  readonly concert: ConcertText;
  readonly onChange: (concert: ConcertText) => void;
  readonly faults: FieldFaults;
}

/** Name, place and description of a concert. */
export function ConcertFields({ concert, onChange, faults }: ConcertFieldsProps): View {
  const words = dictionary.use();
  const field = (name: keyof ConcertText, label: string, maxLength: number, type: 'text' | 'area' = 'text'): View =>
    html`<${Field}
      id=${`concert-${name}`}
      type=${type}
      label=${label}
      value=${concert[name]}
      maxLength=${maxLength}
      fault=${faults.get(name)}
      onInput=${(text: string) => onChange({ ...concert, [name]: text })}
    />`;
  return html`${field('name', words.concertName, 200)}${field('venue', words.venue, 200)}
  ${field('description', words.description, 4_000, 'area')}`;
}
