import type { TicketSigner, TicketVerifier } from '@boxoffice/proto/ticket-token';
import type { Pool } from '@boxoffice/runtime/database/pool';
import type { Events } from '@boxoffice/runtime/events/events';
import type { FaultPoints } from '@boxoffice/runtime/fault-points';
import type { Logger } from '@boxoffice/runtime/log';

import type { Endings } from './endings.ts';
import type { FaultPoint } from './fault-points.ts';
import type { JoinBatch } from './join-batch.ts';
import type { PresenceReporter } from './presence/presence-reporter.ts';
import type { Sightings } from './presence/sightings.ts';
import type { Standings } from './standings.ts';
import type { QueueWakeUps } from './wake-ups.ts';

/** What the RPCs work with. */
export interface Deps {
  readonly pool: Pool;
  readonly joins: JoinBatch;
  readonly endings: Endings;
  readonly standings: Standings;
  readonly signToken: TicketSigner;
  readonly verifyToken: TicketVerifier;
  readonly presence: PresenceReporter;
  readonly sightings: Sightings;
  readonly wakeUps: QueueWakeUps;
  readonly events: Events;
  /** Where a test may stop it. */
  readonly faults: FaultPoints<FaultPoint>;
  readonly log: Logger;
}
