import { timestampMs, type Timestamp } from '@bufbuild/protobuf/wkt';
import { refuse } from '@boxoffice/runtime/error';

const yearMsMin = Date.UTC(1900, 0, 1);
const yearMsMax = Date.UTC(10_000, 0, 1);

/**
 * Checks that a text is a day of the calendar.
 *
 * @throws ServiceError REQUEST_INVALID for what is none, such as 2026-02-30.
 */
export function checkDay(field: string, day: string): void {
  const ms = Date.parse(`${day}T00:00:00Z`);
  // Date.parse takes the 30th of February for the 2nd of March.
  const exists = !Number.isNaN(ms) && new Date(ms).toISOString().startsWith(day) && inCalendar(ms);
  if (!exists) throw invalid(field, 'is not a day of the calendar');
}

/**
 * The moment of a Timestamp, with milliseconds.
 *
 * @throws ServiceError REQUEST_INVALID before 1900 and after 9999.
 */
export function momentOf(field: string, timestamp: Timestamp): Date {
  const ms = timestampMs(timestamp);
  if (!inCalendar(ms)) throw invalid(field, 'is not a moment between the years 1900 and 9999');
  return new Date(ms);
}

/** The refusal of a request for one field. */
export function invalid(field: string, description: string): Error {
  return refuse('REQUEST_INVALID', `${field} ${description}`, { violations: [{ field, description }] });
}

function inCalendar(ms: number): boolean {
  return ms >= yearMsMin && ms < yearMsMax;
}
