import type { Pool } from '@boxoffice/runtime/database/pool';
import type { Orm } from '@boxoffice/runtime/database/orm';
import type { Events } from '@boxoffice/runtime/events/events';
import type { FaultPoints } from '@boxoffice/runtime/fault-points';
import type { Logger } from '@boxoffice/runtime/log';

import type { CatalogRelay } from './catalog-relay.ts';
import type { FaultPoint } from './fault-points.ts';
import type { RememberedCatalog } from './remembered-catalog.ts';
import type { SeatFeeds } from './seat-feeds.ts';
import type { TicketDesk } from './tickets.ts';
import type { Turns } from './turns.ts';

/** What the RPCs work with. */
export interface Deps {
  readonly pool: Pool;
  readonly orm: Orm;
  readonly catalog: RememberedCatalog;
  readonly catalogRelay: CatalogRelay;
  readonly tickets: TicketDesk;
  readonly feeds: SeatFeeds;
  readonly events: Events;
  /** Of those who choose among the best seats of a schedule. */
  readonly turns: Turns;
  /** Counts a hold that was refused, where somebody looks. */
  readonly countRefusedHold: () => void;
  /** Where a test may stop it. */
  readonly faults: FaultPoints<FaultPoint>;
  readonly log: Logger;
  /** How long answers are kept for requests that come again. */
  readonly requestRetentionSeconds: number;
}
