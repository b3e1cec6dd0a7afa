import { createClient } from '@connectrpc/connect';
import { InventoryAdminService, InventoryService } from '@boxoffice/proto/inventory';
import { LedgerAdminService, LedgerService } from '@boxoffice/proto/ledger';
import { PositionService, QueueAdminService, QueueService } from '@boxoffice/proto/queue';
import { createTicketVerifier } from '@boxoffice/proto/ticket-token';
import { LiveBoards } from '@boxoffice/queue/position-board';
import type { Logger } from '@boxoffice/runtime/log';
import { openRedis } from '@boxoffice/runtime/redis/connection';
import { openWakeUps } from '@boxoffice/runtime/redis/wake-ups';
import type { Telemetry } from '@boxoffice/runtime/telemetry/telemetry';
import { Admissions } from './caller/admissions.ts';
import { CatalogueAnswers } from './catalogue/catalogue-answers.ts';
import { ChargeGroups } from './groups/charge-groups.ts';
import type { Config } from './config.ts';
import type { Deps } from './deps.ts';
import { JoinGroups } from './groups/join-groups.ts';
import { JoinLimits } from './joining/join-limits.ts';
import { openParts } from './parts.ts';
import { PositionStreams } from './positions/position-streams.ts';
import { Positions } from './positions/positions.ts';
import { Presence } from './positions/presence.ts';
import { QueueTokens } from './caller/queue-token.ts';
import { SeatLists } from './seat-maps/seat-list.ts';
import { LiveSeatMaps } from './seat-maps/live-seat-maps.ts';
import { SeatStreams } from './seat-maps/seat-streams.ts';
import { StreamRoom } from './http/stream-room.ts';
import { measureLive } from './telemetry/live-gauges.ts';
import { Traffic } from './traffic.ts';

// A token in use is checked once. Half a kilobyte each.
const cachedTokensMax = 262_144;

interface Surroundings {
  readonly log: Logger;
  readonly telemetry: Telemetry;
}

/** Opens what requests are answered with. It is closed with the stack. */
export function openDeps(config: Config, { log, telemetry }: Surroundings, stack: AsyncDisposableStack): Deps {
  // What is written through the parts is noted in the maps, which are read through the parts.
  const parts = openParts(config, { seats: { note: (...write) => seatMaps.note(...write) }, log, telemetry }, stack);
  const queue = createClient(QueueService, parts.queue);
  const inventory = createClient(InventoryService, parts.inventory);
  const ledger = createClient(LedgerService, parts.ledger);
  const boards = stack.use(new LiveBoards({ client: createClient(PositionService, parts.worker), log }));
  const presence = stack.use(new Presence({ queue, log }));
  const positions = new Positions({ boards, queue, presence });
  const seatMaps = stack.use(new LiveSeatMaps({ inventory, log }));
  const admissions = new Admissions(queue);
  const room = new StreamRoom(config);
  const streams = new PositionStreams({ positions, boards, log, room });
  presence.include(() => streams.present());
  const shared = openShared(config, { log, telemetry }, stack);
  if (telemetry.metrics !== undefined) {
    measureLive(telemetry.metrics, { boards, seatMaps, room, joinLimits: shared.joinLimits });
  }
  const verifyTicket = createTicketVerifier(config.ticketPublicKey, { cachedTokensMax });
  return {
    parts,
    queue,
    queueAdmin: createClient(QueueAdminService, parts.queue),
    inventory,
    inventoryAdmin: createClient(InventoryAdminService, parts.inventory),
    ledger,
    ledgerAdmin: createClient(LedgerAdminService, parts.ledger),
    ...shared,
    charges: new ChargeGroups({ ledger, timeoutMs: config.writeTimeoutMs }),
    joins: new JoinGroups({ queue, timeoutMs: config.writeTimeoutMs }),
    trustedProxies: config.trustedProxies,
    verifyTicket,
    tokens: new QueueTokens(verifyTicket),
    positions,
    streams,
    admissions,
    seatMaps,
    seatLists: new SeatLists({ maps: seatMaps, admissions, inventory }),
    seatStreams: new SeatStreams({ maps: seatMaps, boards, admissions, positions, room, log }),
    traffic: new Traffic(),
  };
}

/** What several BFFs have in common where there is a Redis. */
function openShared(
  config: Config,
  surroundings: Surroundings,
  stack: AsyncDisposableStack,
): Pick<Deps, 'catalogue' | 'joinLimits'> {
  const { redisUrl: url, joinsPerMember: perMember, joinsPerAddress: perAddress, readTimeoutMs } = config;
  const redis = url === undefined ? undefined : stack.use(openRedis({ url, name: 'boxoffice bff', ...surroundings }));
  const wakeUps = stack.use(openWakeUps(redis));
  return {
    catalogue: stack.use(new CatalogueAnswers({ wakeUps, readTimeoutMs })),
    joinLimits: new JoinLimits({ perMember, perAddress, windowSeconds: config.joinsWindowSeconds, redis }),
  };
}
