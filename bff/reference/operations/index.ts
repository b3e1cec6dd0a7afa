import { dialectOperations } from '../dialects/index.ts';
import type { Operation } from '../operation.ts';
import { aboutOperations } from './about.ts';
import { concertChangeOperations, scheduleChangeOperations } from './admin-changes.ts';
import { deskOperations } from './admin-desk.ts';
import { adminOperations } from './admin.ts';
import { catalogueOperations } from './catalogue.ts';
import { liveSeatOperations } from './live-seats.ts';
import { memberOperations } from './members.ts';
import { paymentOperations } from './payments.ts';
import { reservationOperations } from './reservations.ts';
import { scheduleOperations } from './schedule.ts';
import { sessionOperations } from './session.ts';
import { ticketOperations } from './tickets.ts';

/** Every call there is. A route that is not here fails a test. */
export const operations: readonly Operation[] = [
  ...ticketOperations,
  ...catalogueOperations,
  ...scheduleOperations,
  ...liveSeatOperations,
  ...reservationOperations,
  ...paymentOperations,
  ...memberOperations,
  ...sessionOperations,
  ...adminOperations,
  ...concertChangeOperations,
  ...scheduleChangeOperations,
  ...deskOperations,
  ...aboutOperations,
  ...dialectOperations,
];
