import type { Client } from '@connectrpc/connect';
import type { InventoryAdminService, InventoryService } from '@boxoffice/proto/inventory';
import type { LedgerAdminService, LedgerService } from '@boxoffice/proto/ledger';
import type { QueueAdminService, QueueService } from '@boxoffice/proto/queue';
import type { TicketVerifier } from '@boxoffice/proto/ticket-token';
import type { Admissions } from './caller/admissions.ts';
import type { CatalogueAnswers } from './catalogue/catalogue-answers.ts';
import type { ChargeGroups } from './groups/charge-groups.ts';
import type { JoinGroups } from './groups/join-groups.ts';
import type { JoinLimits } from './joining/join-limits.ts';
import type { Parts } from './parts.ts';
import type { PositionStreams } from './positions/position-streams.ts';
import type { Positions } from './positions/positions.ts';
import type { QueueTokens } from './caller/queue-token.ts';
import type { SeatLists } from './seat-maps/seat-list.ts';
import type { LiveSeatMaps } from './seat-maps/live-seat-maps.ts';
import type { SeatStreams } from './seat-maps/seat-streams.ts';
import type { Traffic } from './traffic.ts';

/** What requests are answered with. */
export interface Deps {
  readonly parts: Parts;
  readonly queue: Client<typeof QueueService>;
  readonly queueAdmin: Client<typeof QueueAdminService>;
  readonly inventory: Client<typeof InventoryService>;
  readonly inventoryAdmin: Client<typeof InventoryAdminService>;
  readonly catalogue: CatalogueAnswers;
  readonly ledger: Client<typeof LedgerService>;
  readonly ledgerAdmin: Client<typeof LedgerAdminService>;
  readonly charges: ChargeGroups;
  readonly joins: JoinGroups;
  readonly joinLimits: JoinLimits;
  /** Proxies in front whose `X-Forwarded-For` is believed: see `clientAddressOf`. */
  readonly trustedProxies: number;
  readonly verifyTicket: TicketVerifier;
  readonly tokens: QueueTokens;
  readonly positions: Positions;
  readonly streams: PositionStreams;
  readonly admissions: Admissions;
  readonly seatMaps: LiveSeatMaps;
  readonly seatLists: SeatLists;
  readonly seatStreams: SeatStreams;
  readonly traffic: Traffic;
}
