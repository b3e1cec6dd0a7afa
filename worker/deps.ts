import type { TicketVerifier } from '@boxoffice/proto/ticket-token';
import type { PresenceReporter } from '@boxoffice/queue/presence/presence-reporter';
import type { Pool } from '@boxoffice/runtime/database/pool';

import type { QueueTails } from './queue-tails.ts';

/** What the streams work with. */
export interface Deps {
  readonly pool: Pool;
  readonly tails: QueueTails;
  readonly verifyToken: TicketVerifier;
  readonly presence: PresenceReporter;
}
