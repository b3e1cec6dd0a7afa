/**
 * What of the catalogue is forgotten together, by whoever remembers it: Inventory, and the BFF its answers. Inventory tells of
 * these names, on the topic `cache` of the bus, when something has changed.
 */

/** The pages of concerts. */
export const concertsGroup = 'concerts';
/** A concert. */
export const concertGroup = (id: bigint | number): string => `concert:${id}`;
/** A date. */
export const scheduleGroup = (id: bigint | number): string => `schedule:${id}`;
/** The dates of a concert. */
export const schedulesGroup = (concertId: bigint | number): string => `schedules:${concertId}`;
/** The dates on a day. */
export const dayGroup = (date: string): string => `day:${date}`;

/** What a change of a concert makes old, and one that was entered. */
export const groupsOfConcert = (id: bigint | number): string[] => [concertGroup(id), concertsGroup];

/** What a change of a schedule makes old, and one that was entered. */
export function groupsOfSchedule({ id, concertId, date }: ScheduleNames): string[] {
  return [scheduleGroup(id), schedulesGroup(concertId), dayGroup(date)];
}

interface ScheduleNames {
  readonly id: bigint | number;
  readonly concertId: bigint | number;
  readonly date: string;
}
