import type { ServiceImpl } from '@connectrpc/connect';
import type { InventoryAdminService, InventoryService } from '@boxoffice/proto/inventory';

import type { Deps } from './deps.ts';
import { cancelSchedule } from './rpc/cancel-schedule.ts';
import { changePrice } from './rpc/change-price.ts';
import { confirmReservation } from './rpc/confirm-reservation.ts';
import { countSeats } from './rpc/count-seats.ts';
import { createConcert } from './rpc/create-concert.ts';
import { createSchedule } from './rpc/create-schedule.ts';
import { extendHold } from './rpc/extend-hold.ts';
import { getConcert } from './rpc/get-concert.ts';
import { getReservation } from './rpc/get-reservation.ts';
import { getSchedule } from './rpc/get-schedule.ts';
import { holdSeats } from './rpc/hold-seats.ts';
import { listActions } from './rpc/list-actions.ts';
import { listConcerts } from './rpc/list-concerts.ts';
import { listReservations } from './rpc/list-reservations.ts';
import { listSchedules } from './rpc/list-schedules.ts';
import { listSeats } from './rpc/list-seats.ts';
import { relayOutbox } from './rpc/relay-outbox.ts';
import { releaseReservation } from './rpc/release-reservation.ts';
import { revokeReservation } from './rpc/revoke-reservation.ts';
import { sweepExpiredHolds } from './rpc/sweep-expired-holds.ts';
import { updateConcert } from './rpc/update-concert.ts';
import { watchEvents } from './rpc/watch-events.ts';
import { watchSeats } from './rpc/watch-seats.ts';

export const inventoryService = (deps: Deps): ServiceImpl<typeof InventoryService> => ({
  listConcerts: listConcerts(deps),
  getConcert: getConcert(deps),
  listSchedules: listSchedules(deps),
  getSchedule: getSchedule(deps),
  listSeats: listSeats(deps),
  watchSeats: watchSeats(deps),
  holdSeats: holdSeats(deps),
  extendHold: extendHold(deps),
  releaseReservation: releaseReservation(deps),
  getReservation: getReservation(deps),
  listReservations: listReservations(deps),
  confirmReservation: confirmReservation(deps),
  revokeReservation: revokeReservation(deps),
  sweepExpiredHolds: sweepExpiredHolds(deps),
  watchEvents: watchEvents(deps),
  relayOutbox: relayOutbox(deps),
});

export const inventoryAdminService = (deps: Deps): ServiceImpl<typeof InventoryAdminService> => ({
  createConcert: createConcert(deps),
  updateConcert: updateConcert(deps),
  createSchedule: createSchedule(deps),
  changePrice: changePrice(deps),
  cancelSchedule: cancelSchedule(deps),
  countSeats: countSeats(deps),
  listActions: listActions(deps),
});
