import { InventoryService } from '@boxoffice/proto/inventory';
import { LedgerService } from '@boxoffice/proto/ledger';
import { PositionService, QueueService } from '@boxoffice/proto/queue';
import type { Deps } from '../deps.ts';
import { charge } from './charge.ts';
import { getTicket, join, leave } from './queue.ts';
import { ofHolder, ofMember, open, streamOfHolder, type PublicRpc } from './rpc.ts';
import { watchPosition } from './watch-position.ts';
import { watchSeats, type WatchSeatsParts } from './watch-seats.ts';

/**
 * The whole of what browsers may call by Connect and gRPC-Web, RPC by RPC: open to everybody, about the member in
 * `member_id`, or for the holder of the queue token in `token`. What is not here is not there.
 */
export function publicRpcs(deps: Deps & WatchSeatsParts): readonly PublicRpc[] {
  const { inventory, ledger } = deps;
  const { method: queue } = QueueService;
  const { method: seats } = InventoryService;
  const { method: money } = LedgerService;
  return [
    ofMember(queue.join, 'MEMBER_UNKNOWN', join(deps)),
    ofHolder(queue.getTicket, getTicket(deps)),
    ofHolder(queue.leave, leave(deps)),
    streamOfHolder(PositionService.method.watchPosition, watchPosition(deps)),

    open(seats.listConcerts, (request, { reading }) => inventory.listConcerts(request, reading)),
    open(seats.getConcert, (request, { reading }) => inventory.getConcert(request, reading)),
    open(seats.listSchedules, (request, { reading }) => inventory.listSchedules(request, reading)),
    open(seats.getSchedule, (request, { reading }) => inventory.getSchedule(request, reading)),
    ofHolder(seats.listSeats, (request, { reading }) => inventory.listSeats(request, reading)),
    streamOfHolder(seats.watchSeats, watchSeats(deps)),
    ofHolder(seats.holdSeats, (request, { writing }) => inventory.holdSeats(request, writing)),
    ofHolder(seats.extendHold, (request, { writing }) => inventory.extendHold(request, writing)),
    ofMember(seats.releaseReservation, 'RESERVATION_UNKNOWN', (request, { writing }) =>
      inventory.releaseReservation(request, writing),
    ),
    ofMember(seats.getReservation, 'RESERVATION_UNKNOWN', (request, { reading }) =>
      inventory.getReservation(request, reading),
    ),
    ofMember(seats.listReservations, 'MEMBER_UNKNOWN', (request, { reading }) =>
      inventory.listReservations(request, reading),
    ),

    ofMember(money.openAccount, 'MEMBER_UNKNOWN', (request, { writing }) => ledger.openAccount(request, writing)),
    ofMember(money.getBalance, 'MEMBER_UNKNOWN', (request, { reading }) => ledger.getBalance(request, reading)),
    ofMember(money.charge, 'MEMBER_UNKNOWN', charge(deps)),
    ofHolder(money.pay, (request, { writing }) => ledger.pay(request, writing)),
    ofMember(money.getPayment, 'PAYMENT_UNKNOWN', (request, { reading }) => ledger.getPayment(request, reading)),
    ofMember(money.listEntries, 'MEMBER_UNKNOWN', (request, { reading }) => ledger.listEntries(request, reading)),
    ofMember(money.refund, 'PAYMENT_UNKNOWN', (request, { writing }) => ledger.refund(request, writing)),
  ];
}
