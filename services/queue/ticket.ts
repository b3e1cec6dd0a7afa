import { create, type MessageInitShape } from '@bufbuild/protobuf';
import { durationFromMs, timestampFromDate, type Timestamp } from '@bufbuild/protobuf/wkt';
import { TicketSchema, TicketStatus, type Ticket } from '@boxoffice/proto/queue';

import type { WaitEstimate } from './estimate.ts';

/** The states of a ticket as the tables have them. */
export type TicketStatusName = 'WAITING' | 'ADMITTED' | 'COMPLETED' | 'EXPIRED' | 'LEFT';

/** A ticket, as statements return it. */
export interface TicketRow {
  readonly schedule_id: bigint;
  readonly number: bigint;
  /** Its place in line; null in a lobby, and while it waits for the place that was drawn for it. */
  readonly place: bigint | null;
  readonly ticket_id: string;
  readonly partner: string;
  readonly member_id: string;
  readonly status: TicketStatusName;
  readonly joined_at: Date;
  readonly admitted_at: Date | null;
  readonly admitted_until: Date | null;
  readonly ended_at: Date | null;
}

const messages: Readonly<Record<TicketStatusName, TicketStatus>> = {
  WAITING: TicketStatus.WAITING,
  ADMITTED: TicketStatus.ADMITTED,
  COMPLETED: TicketStatus.COMPLETED,
  EXPIRED: TicketStatus.EXPIRED,
  LEFT: TicketStatus.LEFT,
};

/** Tells whether a ticket in this state will never be in another (but for a payment that is told of late). */
export function isOver(status: TicketStatusName): boolean {
  return status !== 'WAITING' && status !== 'ADMITTED';
}

/** How a waiting ticket stands in line. */
export interface PlaceInLine {
  readonly ahead: number | bigint;
  /** The wait to be expected; undefined when nothing can be said. */
  readonly estimate: WaitEstimate | undefined;
  /** Its place; undefined in a lobby. */
  readonly place: number | bigint | undefined;
  /** When the queue opens; while the ticket is in its lobby, undefined otherwise. */
  readonly lobbyOpensAt: Timestamp | undefined;
  /** Its queue is paused. */
  readonly paused: boolean;
}

/** A ticket as the contract has it; its place matters only while it waits. */
export function ticketMessage(row: TicketRow, place?: PlaceInLine): Ticket {
  const message: MessageInitShape<typeof TicketSchema> = {
    scheduleId: row.schedule_id,
    number: row.number,
    ticketId: row.ticket_id,
    memberId: row.member_id,
    status: messages[row.status],
    joinedAt: timestampFromDate(row.joined_at),
  };
  if (row.status === 'WAITING' && place !== undefined) {
    message.ahead = BigInt(place.ahead);
    message.inLobby = place.lobbyOpensAt !== undefined;
    message.paused = place.paused;
    if (place.lobbyOpensAt !== undefined) message.opensAt = place.lobbyOpensAt;
    if (place.place !== undefined) message.place = BigInt(place.place);
    if (place.estimate !== undefined) setEstimate(message, place.estimate);
  }
  if (row.status !== 'WAITING' && row.place !== null) message.place = row.place;
  if (row.admitted_at !== null) message.admittedAt = timestampFromDate(row.admitted_at);
  if (row.admitted_until !== null) message.admittedUntil = timestampFromDate(row.admitted_until);
  if (row.ended_at !== null) message.endedAt = timestampFromDate(row.ended_at);
  return create(TicketSchema, message);
}

function setEstimate(message: MessageInitShape<typeof TicketSchema>, { seconds, range }: WaitEstimate): void {
  message.estimatedWait = durationFromMs(seconds * 1_000);
  if (range === undefined) return;
  message.estimatedWaitMin = durationFromMs(range.minSeconds * 1_000);
  message.estimatedWaitMax = durationFromMs(range.maxSeconds * 1_000);
}
