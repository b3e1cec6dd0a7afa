/**
 * What of the catalogue is forgotten together, by whoever remembers it: Inventory, and the BFF its answers. Inventory tells of
 * these names, on the topic `cache` of the bus, when something has changed.
 */

/** A number, or its digits without a zero in front. */
type Id = bigint | number | string;

/** The pages of concerts. */
export const concertsGroup = 'concerts';
/** A concert. */
export const concertGroup = (id: Id): string => `concert:${id}`;
/** A date. */
export const scheduleGroup = (id: Id): string => `schedule:${id}`;
/** The dates of a concert. */
export const schedulesGroup = (concertId: Id): string => `schedules:${concertId}`;
/** The dates on a day. */
export const dayGroup = (date: string): string => `day:${date}`;

/** What a change of a concert makes old, and one that was entered. */
export const groupsOfConcert = (id: Id): string[] => [concertGroup(id), concertsGroup];

/** What a change of a schedule makes old, and one that was entered. */
export function groupsOfSchedule({ id, concertId, date }: ScheduleNames): string[] {
  return [scheduleGroup(id), schedulesGroup(concertId), dayGroup(date)];
}

interface ScheduleNames {
  readonly id: Id;
  readonly concertId: Id;
  readonly date: string;
}
