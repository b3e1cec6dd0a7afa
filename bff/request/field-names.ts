/** Other names for the first part of a path: `{ memberId: 'id' }`; the empty name drops it. */
export type FieldNames = Readonly<Record<string, string>>;

// Fields that are called otherwise in REST, or do not travel in the body.
const restNames: FieldNames = {
  requestId: 'Idempotency-Key',
  token: 'Queue-Token',
  holdDuration: 'holdSeconds',
  admitInterval: 'admitIntervalSeconds',
  activeTtl: 'activeTtlSeconds',
  presenceTtl: 'presenceTtlSeconds',
};

const snakeCase = /\b[a-z]+(?:_[a-z]+)+\b/g;

/**
 * The name REST has for a field of a message: `layout[0].seats_per_row` is `layout[0].seatsPerRow`, `request_id` is
 * `Idempotency-Key`. A name of REST stays what it is.
 */
export function restField(path: string, names: FieldNames = {}): string {
  const [first = '', ...rest] = path.split('.').map(restSegment);
  return [names[first] ?? first, ...rest].filter((segment) => segment !== '').join('.');
}

/** A rule's own words with the names that REST has for the fields in them. */
export function restDescription(description: string): string {
  return description.replaceAll(snakeCase, restSegment);
}

function restSegment(segment: string): string {
  const [name = '', index = ''] = segment.split(/(?=\[)/, 2);
  const camelCase = name.replaceAll(/_([a-z])/g, (_match, letter: string) => letter.toUpperCase());
  return (restNames[camelCase] ?? camelCase) + index;
}
