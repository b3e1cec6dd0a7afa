/** Codes of RPCs by which we are at fault; by the others the caller is, or somebody was quicker. */
export const faultCodes = 'DATA_LOSS|DEADLINE_EXCEEDED|INTERNAL|UNAVAILABLE|UNKNOWN';

/** How much a counter grows in a second, all instances together. */
export function perSecond(counter: string, by?: string): string {
  return `${sumBy(by)}(rate(${counter}[$__rate_interval]))`;
}

/** How much a counter grew in the time that is looked at. */
export function inAll(counter: string): string {
  return `sum(increase(${counter}[$__range]))`;
}

/**
 * A quantile of a histogram, all instances together.
 *
 * @param selected labels of the series, without braces.
 */
export function quantile(share: number, histogram: string, { selected = '', by = '' } = {}): string {
  const labels = by === '' ? 'le' : `le, ${by}`;
  return `histogram_quantile(${share}, sum by (${labels}) (rate(${histogram}_bucket{${selected}}[$__rate_interval])))`;
}

/** What every instance says alike, since it looks at the same table. */
export function agreed(gauge: string, by?: string): string {
  return by === undefined ? `max(${gauge})` : `max by (${by}) (${gauge})`;
}

/** Those that are largest. */
export function largest(count: number, expr: string): string {
  return `topk(${count}, ${expr})`;
}

function sumBy(by: string | undefined): string {
  return by === undefined ? 'sum' : `sum by (${by}) `;
}
