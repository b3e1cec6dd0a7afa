import type { Operation } from '../operation.ts';
import { aboutOperations } from './about.ts';
import { adminOperations } from './admin.ts';
import { catalogueOperations } from './catalogue.ts';
import { memberOperations } from './members.ts';
import { paymentOperations } from './payments.ts';
import { reservationOperations } from './reservations.ts';
import { ticketOperations } from './tickets.ts';

/** Every call there is. A route that is not here fails a test. */
export const operations: readonly Operation[] = [
  ...ticketOperations,
  ...catalogueOperations,
  ...reservationOperations,
  ...paymentOperations,
  ...memberOperations,
  ...adminOperations,
  ...aboutOperations,
];
