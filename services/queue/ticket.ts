import { create, type MessageInitShape } from '@bufbuild/protobuf';
import { durationFromMs, timestampFromDate } from '@bufbuild/protobuf/wkt';
import { TicketSchema, TicketStatus, type Ticket } from '@boxoffice/proto/queue';

/** The states of a ticket as the tables have them. */
export type TicketStatusName = 'WAITING' | 'ADMITTED' | 'COMPLETED' | 'EXPIRED' | 'LEFT';

/** A ticket, as statements return it. */
export interface TicketRow {
  readonly schedule_id: bigint;
  readonly number: bigint;
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
  readonly estimatedWaitSeconds: number | undefined;
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
    if (place.estimatedWaitSeconds !== undefined) {
      message.estimatedWait = durationFromMs(place.estimatedWaitSeconds * 1000);
    }
  }
  if (row.admitted_at !== null) message.admittedAt = timestampFromDate(row.admitted_at);
  if (row.admitted_until !== null) message.admittedUntil = timestampFromDate(row.admitted_until);
  if (row.ended_at !== null) message.endedAt = timestampFromDate(row.ended_at);
  return create(TicketSchema, message);
}
