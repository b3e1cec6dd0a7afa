import type { Client } from '@connectrpc/connect';
import type { InventoryService } from '@boxoffice/proto/inventory';
import type { QueueService } from '@boxoffice/proto/queue';
import type { TicketVerifier } from '@boxoffice/proto/ticket-token';
import type { Pool } from '@boxoffice/runtime/database/pool';
import type { Events } from '@boxoffice/runtime/events/events';
import type { FaultPoints } from '@boxoffice/runtime/fault-points';
import type { Logger } from '@boxoffice/runtime/log';

import type { Charges } from './charges.ts';
import type { Drives } from './drives.ts';
import type { FaultPoint } from './fault-points.ts';
import type { Limits } from './limits.ts';
import type { SystemAccounts } from './system-accounts.ts';

/** What the RPCs work with. */
export interface Deps {
  readonly pool: Pool;
  /** Verifies the signatures of tickets' tokens, offline. */
  readonly tickets: TicketVerifier;
  readonly queue: Client<typeof QueueService>;
  readonly inventory: Client<typeof InventoryService>;
  readonly systemAccounts: SystemAccounts;
  readonly charges: Charges;
  readonly drives: Drives;
  readonly events: Events;
  /** Where a test may stop it. */
  readonly faults: FaultPoints<FaultPoint>;
  readonly limits: Limits;
  readonly log: Logger;
}
