import type { TicketSigner, TicketVerifier } from '@boxoffice/proto/ticket-token';
import type { Pool } from '@boxoffice/runtime/database/pool';
import type { Logger } from '@boxoffice/runtime/log';

import type { JoinBatch } from './join-batch.ts';
import type { PresenceReporter } from './presence-reporter.ts';

/** What the RPCs work with. */
export interface Deps {
  readonly pool: Pool;
  readonly joins: JoinBatch;
  readonly signToken: TicketSigner;
  readonly verifyToken: TicketVerifier;
  readonly presence: PresenceReporter;
  readonly log: Logger;
}
