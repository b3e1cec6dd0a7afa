import type { LabelMatcher, Selector } from '../observability/queries.ts';
import type { Series } from './series.ts';

/**
 * What a system that is well does not show: the outcomes of failures. A matcher of these labels is held against all that they
 * can be.
 */
const outcomes: Readonly<Record<string, readonly string[]>> = {
  status: Array.from({ length: 500 }, (_, index) => String(100 + index)),
  code: [
    ...['OK', 'CANCELLED', 'UNKNOWN', 'INVALID_ARGUMENT', 'DEADLINE_EXCEEDED', 'NOT_FOUND', 'ALREADY_EXISTS'],
    ...['PERMISSION_DENIED', 'RESOURCE_EXHAUSTED', 'FAILED_PRECONDITION', 'ABORTED', 'OUT_OF_RANGE', 'UNIMPLEMENTED'],
    ...['INTERNAL', 'UNAVAILABLE', 'DATA_LOSS', 'UNAUTHENTICATED'],
  ],
};

/** What Prometheus itself says of the alerts of rules: nothing while all is well. */
const ofAlerts = 'ALERTS';

/** What can be found. */
export interface Findable {
  readonly series: readonly Series[];
  /** Names that rules record. What they are made of is looked for by itself. */
  readonly recorded: ReadonlySet<string>;
}

/** Whether a selector finds anything in a system that is well, or would if something failed there. */
export function finds({ metric, labels }: Selector, { series, recorded }: Findable): boolean {
  if (recorded.has(metric) || metric === ofAlerts) return true;
  return series.some((one) => one.metric === metric && labels.every((matcher) => isMet(matcher, one.labels)));
}

function isMet({ name, op, value }: LabelMatcher, labels: Series['labels']): boolean {
  const found = labels[name] ?? '';
  const possible = found === '' ? [found] : [found, ...(outcomes[name] ?? [])];
  return possible.some((one) => holds(op, one, value));
}

function holds(op: string, found: string, value: string): boolean {
  switch (op) {
    case '=':
      return found === value;
    case '!=':
      return found !== value;
    case '=~':
      return new RegExp(`^(?:${value})$`).test(found);
    case '!~':
      return !new RegExp(`^(?:${value})$`).test(found);
    default:
      throw new Error(`${op} is no operator of a matcher`);
  }
}
