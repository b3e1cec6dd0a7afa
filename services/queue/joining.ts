import type { TicketSigner } from '@boxoffice/proto/ticket-token';
import { countedAddress, plainAddress } from '@boxoffice/runtime/address';
import { refuse, type ServiceError } from '@boxoffice/runtime/error';

import type { Deps } from './deps.ts';
import type { JoinedTicket, Joiner } from './join-batch.ts';
import type { JoinRefusal } from './sql/join-queue.ts';

/** A member's ticket. */
export interface Issued {
  readonly ticket: JoinedTicket;
  /** False when the member had it already. */
  readonly created: boolean;
}

type Parts = Pick<Deps, 'joins' | 'endings'>;

/**
 * Issues a ticket, or finds the live one the member has. Two tries: between the end of a lapsed ticket and the next try,
 * nothing but another join of the member can come.
 *
 * @throws ServiceError QUEUE_UNKNOWN, QUEUE_CLOSED, QUEUE_FULL, ADDRESS_LIMIT, BUSY.
 */
export async function issue(parts: Parts, scheduleId: bigint, joiner: Joiner, lastTry = false): Promise<Issued> {
  const joined = await parts.joins.join(scheduleId, joiner);
  switch (joined.outcome) {
    case 'unknown':
      throw refuse('QUEUE_UNKNOWN', `schedule ${scheduleId} has no queue`);
    case 'refused':
      throw refusalOf(joined.refusal, scheduleId);
    case 'joined':
    case 'found':
      return { ticket: joined.ticket, created: joined.outcome === 'joined' };
    case 'lapsed': {
      if (lastTry) throw refuse('BUSY', 'the member is joining elsewhere at this moment', { retryAfterMs: 200 });
      // The worker has not got to it yet. The member does not have to wait for that.
      const { number, ticketId } = joined.ticket;
      await parts.endings.leave({ scheduleId, number, ticketId });
      return issue(parts, scheduleId, joiner, true);
    }
  }
}

/** What `max_per_address` counts the tickets of a client by; null when its address is not known. */
export function addressOf(clientAddress: string): string | null {
  const address = plainAddress(clientAddress);
  return address === undefined ? null : countedAddress(address);
}

/** The token to show for a ticket: 25 µs, in which this process does nothing else. */
export function tokenOf(
  signToken: TicketSigner,
  scheduleId: bigint,
  { partner, memberId }: Joiner,
  { number, ticketId, joinedAt: issuedAt }: JoinedTicket,
): string {
  return signToken({ partner, memberId, scheduleId, number, ticketId, issuedAt });
}

/** A place in a queue that is full comes free at the pace of admission; one of an address, when somebody there is done. */
const retryAfterMs = { QUEUE_FULL: 10_000, ADDRESS_LIMIT: 60_000 } as const;

function refusalOf(refusal: JoinRefusal, scheduleId: bigint): ServiceError {
  switch (refusal) {
    case 'QUEUE_CLOSED':
      return refuse(refusal, `the queue of schedule ${scheduleId} is closed`);
    case 'QUEUE_FULL':
      return refuse(refusal, `the queue of schedule ${scheduleId} is full: as many wait as may`, {
        retryAfterMs: retryAfterMs[refusal],
      });
    case 'ADDRESS_LIMIT':
      return refuse(refusal, 'as many from this address wait or are admitted as may', {
        retryAfterMs: retryAfterMs[refusal],
      });
  }
}
