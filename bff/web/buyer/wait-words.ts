/** One end of a wait, rounded to what a person would say. */
export interface SpokenTime {
  readonly value: number;
  readonly unit: 'minutes' | 'hours';
}

/** A wait as a person would say it. */
export type SpokenWait =
  | { readonly kind: 'moments' }
  | { readonly kind: 'about'; readonly at: SpokenTime }
  | { readonly kind: 'between'; readonly from: SpokenTime; readonly to: SpokenTime };

const minute = 60;
const hour = 3_600;
// From here on minutes say too much.
const hoursFrom = 1.5 * hour;

/**
 * A wait that most likely lies in a range of seconds: the lower end rounded down, the upper one up, so that the words never
 * promise more than the numbers.
 */
export function spokenWait(minSeconds: number, maxSeconds: number): SpokenWait {
  if (maxSeconds < minute) {
    return { kind: 'moments' };
  }
  const [from, to] = [spoken(minSeconds, Math.floor), spoken(maxSeconds, Math.ceil)];
  return from.value === to.value && from.unit === to.unit ? { kind: 'about', at: to } : { kind: 'between', from, to };
}

function spoken(seconds: number, round: (value: number) => number): SpokenTime {
  if (seconds < hoursFrom) {
    const minutes = round(seconds / minute);
    // Nobody says 47 to 53 minutes.
    return { unit: 'minutes', value: Math.max(1, minutes > 20 ? round(seconds / minute / 5) * 5 : minutes) };
  }
  const halves = round((seconds / hour) * 2) / 2;
  return { unit: 'hours', value: halves > 5 ? round(seconds / hour) : halves };
}
