import type { Policy } from '../answers.ts';
import { wholeNumber } from './field.ts';
import { policyDefault, policyFields } from './policy-fields.ts';
import type { Section } from './seat-plan.ts';

/** A section as it is typed. */
export interface SectionDraft {
  readonly section: string;
  readonly rows: string;
  readonly seatsPerRow: string;
  readonly price: string;
}

/** A date, or several alike, as they are typed. */
export interface DateDraft {
  readonly dates: readonly string[];
  readonly bookingOpensAt: string;
  readonly bookingClosesAt: string;
  readonly holdSeconds: string;
  readonly sections: readonly SectionDraft[];
  readonly queueOpensAt: string;
  readonly policy: Readonly<Record<keyof Policy, string>>;
}

export const emptySection: SectionDraft = { section: '', rows: '10', seatsPerRow: '20', price: '' };

export const emptyDraft: DateDraft = {
  dates: [''],
  bookingOpensAt: '',
  bookingClosesAt: '',
  holdSeconds: '300',
  sections: [{ section: 'R', rows: '5', seatsPerRow: '10', price: '99000' }],
  queueOpensAt: '',
  policy: Object.fromEntries(
    policyFields.map(({ name }) => [name, String(policyDefault[name])]),
  ) as DateDraft['policy'],
};

/** The body of a request for one date; what was not typed right is sent as it is, for the server to say what is wrong. */
export function bodyOf(draft: DateDraft, date: string): object {
  const number = (text: string): number | string => wholeNumber(text) ?? text;
  return {
    date,
    holdSeconds: number(draft.holdSeconds),
    layout: draft.sections.map(({ section, rows, seatsPerRow, price }) => ({
      section,
      rows: number(rows),
      seatsPerRow: number(seatsPerRow),
      price: number(price),
    })),
    ...(draft.bookingOpensAt !== '' && { bookingOpensAt: inKorea(draft.bookingOpensAt) }),
    ...(draft.bookingClosesAt !== '' && { bookingClosesAt: inKorea(draft.bookingClosesAt) }),
    queue: {
      ...Object.fromEntries(Object.entries(draft.policy).map(([name, text]) => [name, number(text)])),
      ...(draft.queueOpensAt !== '' && { opensAt: inKorea(draft.queueOpensAt) }),
    },
  };
}

/** The sections that can be drawn so far. */
export function sectionsOf({ sections }: DateDraft): Section[] {
  return sections.map(({ section, rows, seatsPerRow, price }) => ({
    name: section,
    rows: within(rows),
    seatsPerRow: within(seatsPerRow),
    price: wholeNumber(price) ?? 0,
  }));
}

const lineMax = 200;

function within(text: string): number {
  return Math.max(0, Math.min(lineMax, wholeNumber(text) ?? 0));
}

/** `2026-12-24T20:00`, as it is typed, is meant where the concerts are. */
function inKorea(local: string): string {
  return /^\d{4}-\d\d-\d\dT\d\d:\d\d$/.test(local) ? `${local}:00+09:00` : local;
}
