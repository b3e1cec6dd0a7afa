import type { MigrationClass } from '@boxoffice/runtime/database/migrate';

import { AddCatalogRelay } from './add-catalog-relay.ts';
import { AddEvents } from './add-events.ts';
import { AddReadIndexes } from './add-read-indexes.ts';
import { CreateInventory } from './create-inventory.ts';
import { KeepOperatorActions } from './keep-operator-actions.ts';
import { KeepRequestsByMember } from './keep-requests-by-member.ts';
import { RefundSeats } from './refund-seats.ts';

/** The schema of the Inventory. */
export const schema = 'inventory';

/** The schema's history, oldest first. Only ever append. */
export const migrations: readonly MigrationClass[] = [
  CreateInventory,
  KeepRequestsByMember,
  AddReadIndexes,
  RefundSeats,
  AddEvents,
  KeepOperatorActions,
  AddCatalogRelay,
];
