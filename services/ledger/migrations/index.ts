import type { MigrationClass } from '@boxoffice/runtime/database/migrate';

import { AddEvents } from './add-events.ts';
import { CreateLedger } from './create-ledger.ts';
import { KeepOperatorActions } from './keep-operator-actions.ts';
import { KeepRequestsByMember } from './keep-requests-by-member.ts';
import { PostInGroups } from './post-in-groups.ts';
import { RefundParts } from './refund-parts.ts';

/** The schema that the Ledger owns. */
export const schema = 'ledger';

/** The migrations of the schema `ledger`, in the order to run. Only ever append. */
export const migrations: readonly MigrationClass[] = [
  CreateLedger,
  KeepRequestsByMember,
  PostInGroups,
  RefundParts,
  AddEvents,
  KeepOperatorActions,
];
