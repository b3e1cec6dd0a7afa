import { kept } from '../kept.ts';
import type { Schedule } from '../answers.ts';

/** A ticket to the queue, as this browser keeps it: the same one in every tab, and after every reload. */
export interface KeptTicket {
  readonly token: string;
  /** How many were ahead when we first knew; undefined while that is not known. */
  readonly start?: number | undefined;
}

const nameOf = (scheduleId: number, memberId: string): string => `ticket.${scheduleId}.${memberId}`;

/** The ticket of a member to a date, if this browser has one. */
export function keptTicket(scheduleId: number, memberId: string): KeptTicket | undefined {
  const ticket = parsed(kept.get(nameOf(scheduleId, memberId)));
  return typeof ticket?.token === 'string' ? (ticket as KeptTicket) : undefined;
}

/** Keeps a ticket, or forgets it. */
export function keepTicket(scheduleId: number, memberId: string, ticket: KeptTicket | undefined): void {
  kept.set(nameOf(scheduleId, memberId), ticket === undefined ? undefined : JSON.stringify(ticket));
}

/** Keeps what a date is called, for when it is not on the list of dates any more. */
export function keepSchedule(schedule: Schedule): void {
  kept.set(`schedule.${schedule.id}`, JSON.stringify(schedule));
}

/** What was kept of a date. */
export function keptSchedule(scheduleId: number): Schedule | undefined {
  return parsed(kept.get(`schedule.${scheduleId}`)) as Schedule | undefined;
}

function parsed(text: string | undefined): Partial<KeptTicket> | undefined {
  try {
    return text === undefined ? undefined : (JSON.parse(text) as Partial<KeptTicket>);
  } catch {
    return undefined;
  }
}
