import { concertGroup, concertsGroup, dayGroup, scheduleGroup, schedulesGroup } from '@boxoffice/proto/catalog-groups';
import type { MemoryEntry } from '@boxoffice/runtime/memory';

/** What may be old, and may be kept in any case: half of what Inventory itself may be behind with the seats that remain. */
const momentMs = 500;
/** What changes by calls alone, while this process hears of them. */
const keepMs = 12 * 3_600_000;

/** A page of a list. */
export interface Page {
  /** 0: as many as Inventory thinks fit. */
  readonly pageSize: number;
  /** Empty: the first. */
  readonly pageToken: string;
}

const firstPage: Page = { pageSize: 0, pageToken: '' };
const fieldOf = ({ pageSize, pageToken }: Page): string => `${pageSize} ${pageToken}`;

/** A concert. */
export function concertEntry(id: bigint | string): MemoryEntry {
  return { group: concertGroup(id), field: 'concert', momentMs, keepMs };
}

/** A page of concerts. */
export function concertsEntry(page = firstPage): MemoryEntry {
  return { group: concertsGroup, field: fieldOf(page), momentMs, keepMs };
}

/** A date, with the seats that remain. */
export function scheduleEntry(id: bigint | string): MemoryEntry {
  return { group: scheduleGroup(id), field: 'schedule', momentMs };
}

/** A page of the dates of a concert. */
export function datesOfConcertEntry(concertId: bigint | string, page = firstPage): MemoryEntry {
  return { group: schedulesGroup(concertId), field: fieldOf(page), momentMs };
}

/** A page of the dates on a day. */
export function datesOfDayEntry(date: string, page = firstPage): MemoryEntry {
  return { group: dayGroup(date), field: fieldOf(page), momentMs };
}
