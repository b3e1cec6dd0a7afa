/** A language of the pages. */
export type Language = 'en' | 'ko';

const locales: Readonly<Record<Language, string>> = { en: 'en-GB', ko: 'ko-KR' };
// Where the concerts are, wherever the browser is.
const timeZone = 'Asia/Seoul';

/** How numbers, money and times are written in one language. */
export interface Formats {
  /** 12345 as `12,345`. */
  readonly number: (value: number) => string;
  /** Whole units of a currency, such as won. */
  readonly money: (amount: number, currency: string) => string;
  /** A day, `2026-12-24`, with its weekday. */
  readonly day: (date: string) => string;
  /** The parts of a day, for where they are set apart. */
  readonly dayParts: (date: string) => {
    readonly day: string;
    readonly month: string;
    readonly weekday: string;
    readonly year: string;
  };
  /** The month of a day, with its year. */
  readonly month: (date: string) => string;
  /** A moment in Korea: date and time. */
  readonly moment: (at: string | number) => string;
  /** A moment in Korea: its time of day, with seconds. */
  readonly clock: (at: string | number) => string;
}

const made = new Map<Language, Formats>();

/** The formats of a language. */
export function formatsOf(language: Language): Formats {
  let formats = made.get(language);
  if (formats === undefined) {
    formats = make(locales[language]);
    made.set(language, formats);
  }
  return formats;
}

function make(locale: string): Formats {
  const numbers = new Intl.NumberFormat(locale);
  const currencies = new Map<string, Intl.NumberFormat>();
  // A day has no time of day: it is the same day everywhere.
  const ofDay = (options: Intl.DateTimeFormatOptions) =>
    new Intl.DateTimeFormat(locale, { timeZone: 'UTC', ...options });
  const days = ofDay({ weekday: 'short', day: 'numeric', month: 'long', year: 'numeric' });
  const parts = {
    day: ofDay({ day: '2-digit' }),
    month: ofDay({ month: 'short' }),
    weekday: ofDay({ weekday: 'long' }),
    year: ofDay({ year: 'numeric' }),
  };
  const months = ofDay({ month: 'short', year: 'numeric' });
  const moments = new Intl.DateTimeFormat(locale, { timeZone, dateStyle: 'medium', timeStyle: 'short' });
  const clocks = new Intl.DateTimeFormat(locale, { timeZone, timeStyle: 'medium' });
  const utc = (date: string): Date => new Date(`${date}T00:00:00Z`);
  return {
    number: (value) => numbers.format(value),
    money: (amount, currency) => {
      let format = currencies.get(currency);
      if (format === undefined) {
        format = new Intl.NumberFormat(locale, {
          style: 'currency',
          currency,
          maximumFractionDigits: 0,
          currencyDisplay: 'narrowSymbol',
        });
        currencies.set(currency, format);
      }
      return format.format(amount);
    },
    day: (date) => days.format(utc(date)),
    dayParts: (date) => ({
      day: parts.day.formatToParts(utc(date)).find(({ type }) => type === 'day')?.value ?? '',
      month: parts.month.format(utc(date)),
      weekday: parts.weekday.format(utc(date)),
      year: parts.year.formatToParts(utc(date)).find(({ type }) => type === 'year')?.value ?? '',
    }),
    month: (date) => months.format(utc(date)),
    moment: (at) => moments.format(new Date(at)),
    clock: (at) => clocks.format(new Date(at)),
  };
}

/** Seconds as `4:59`, or `1:02:03` from an hour on; never below zero. What has begun counts. */
export function clockTime(seconds: number): string {
  const left = Math.max(0, Math.ceil(seconds));
  const [hours, minutes, rest] = [Math.floor(left / 3_600), Math.floor(left / 60) % 60, left % 60];
  const two = (value: number): string => String(value).padStart(2, '0');
  return hours > 0 ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
}
