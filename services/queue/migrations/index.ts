import type { MigrationClass } from '@boxoffice/runtime/database/migrate';

import { AddDrawAndLimits } from './add-draw-and-limits.ts';
import { AddEventLog } from './add-event-log.ts';
import { AddPresenceElsewhere } from './add-presence-elsewhere.ts';
import { CreateQueues } from './create-queues.ts';
import { KeepOperatorActions } from './keep-operator-actions.ts';
import { IndexQueuesByState } from './index-queues-by-state.ts';
import { KeepRequestsByMember } from './keep-requests-by-member.ts';

/** The name of the Queue's schema. */
export const schema = 'queue';

/** All migrations of the schema, in the order to run. Only ever append. */
export const migrations: readonly MigrationClass[] = [
  CreateQueues,
  AddDrawAndLimits,
  AddPresenceElsewhere,
  KeepRequestsByMember,
  AddEventLog,
  KeepOperatorActions,
  IndexQueuesByState,
];
