import type { Operation } from '../operation.ts';
import { concertChangeOperations, scheduleChangeOperations } from './admin-changes.ts';
import { deskOperations } from './admin-desk.ts';
import { liveSeatOperations } from './live-seats.ts';
import { scheduleOperations } from './schedule.ts';
import { sessionOperations } from './session.ts';
import { dialectOperations } from '../dialects.ts';

/** Calls whose routes are not there yet: each list goes to the others with its routes. */
export const comingOperations: readonly Operation[] = [
  ...scheduleOperations,
  ...concertChangeOperations,
  ...liveSeatOperations,
  ...sessionOperations,
  ...scheduleChangeOperations,
  ...deskOperations,
  ...dialectOperations,
];
