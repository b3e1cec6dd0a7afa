import { kept } from './kept.ts';
import { formatsOf, type Formats, type Language } from './formats.ts';
import { Signal, useSignal } from './signal.ts';

/** The languages in their own words. */
export const languages: Readonly<Record<Language, string>> = { en: 'English', ko: '한국어' };

/** The language of the page: what was chosen here before, else the browser's first one that we speak, else English. */
export const language = new Signal<Language>(firstLanguage());

document.documentElement.lang = language.value;
kept.watch('language', () => language.set(firstLanguage()));
language.watch((chosen) => (document.documentElement.lang = chosen));

/** Changes the language, for this visit and the next. */
export function speak(chosen: Language): void {
  kept.set('language', chosen);
  language.set(chosen);
}

/** All texts of a page in each language; that none is missing is checked by type. */
export class Dictionary<W> {
  readonly #words: Readonly<Record<Language, W>>;

  constructor(words: Readonly<Record<Language, W>>) {
    this.#words = words;
  }

  /** The words as of now. */
  get words(): W {
    return this.#words[language.value];
  }

  /** The words, in a component: it is drawn again in another language. */
  use(): W {
    return this.#words[useSignal(language)];
  }
}

/** How numbers, money and times are written, in a component. */
export function useFormats(): Formats {
  return formatsOf(useSignal(language));
}

function firstLanguage(): Language {
  const wanted = [kept.get('language'), ...navigator.languages];
  for (const tag of wanted) {
    const found = tag?.slice(0, 2).toLowerCase();
    if (found === 'en' || found === 'ko') return found;
  }
  return 'en';
}
