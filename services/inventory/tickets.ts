import { durationFromMs, timestampDate } from '@bufbuild/protobuf/wkt';
import type { Client } from '@connectrpc/connect';
import type { QueueService } from '@boxoffice/proto/queue';
import type { Reason } from '@boxoffice/proto/reasons';
import type { TicketClaims, TicketVerifier } from '@boxoffice/proto/ticket-token';
import { reasonOf, refuse, type ServiceError } from '@boxoffice/runtime/error';
import { onBehalfOf } from '@boxoffice/runtime/grpc/transport';
import type { Logger } from '@boxoffice/runtime/log';

/** A ticket that is admitted. */
export interface AdmittedTicket extends TicketClaims {
  /** By the Queue's clock. */
  readonly admittedUntil: Date | undefined;
}

export interface TicketDeskOptions {
  readonly verify: TicketVerifier;
  readonly queue: Client<typeof QueueService>;
  readonly log: Logger;
  /** How long an answer of the Queue serves reads. */
  readonly rememberMs: number;
  readonly rememberedMax: number;
  /** For each question to the Queue. */
  readonly timeoutMs: number;
}

interface Remembered {
  readonly ticket: Promise<AdmittedTicket>;
  readonly untilMs: number;
}

/** What the Queue says about a ticket; anything else that comes from there is a fault of ours or of the network. */
const verdicts: ReadonlySet<Reason | undefined> = new Set<Reason>([
  'TOKEN_INVALID',
  'TOKEN_OF_ANOTHER_SCHEDULE',
  'TICKET_WAITING',
  'TICKET_OVER',
]);

/** The queue check: reads tokens offline, and asks the Queue how their tickets stand. */
export class TicketDesk {
  readonly #options: TicketDeskOptions;
  readonly #remembered = new Map<string, Remembered>();

  constructor(options: TicketDeskOptions) {
    this.#options = options;
  }

  /**
   * Reads a token of the caller's own members, without asking anybody.
   *
   * @throws ServiceError TOKEN_INVALID; TOKEN_OF_ANOTHER_SCHEDULE when a schedule is given and it is not the token's.
   */
  read(token: string, partner: string, scheduleId?: bigint): TicketClaims {
    const claims = this.#claimsOf(token);
    if (claims?.partner !== partner) throw refuse('TOKEN_INVALID', 'the queue token is not valid');
    if (scheduleId !== undefined && claims.scheduleId !== scheduleId) {
      throw refuse('TOKEN_OF_ANOTHER_SCHEDULE', 'the queue token is for another date');
    }
    return claims;
  }

  /**
   * Asks the Queue whether a ticket is admitted at this moment; for whatever changes something.
   *
   * @throws ServiceError TOKEN_INVALID, TOKEN_OF_ANOTHER_SCHEDULE, TICKET_WAITING, TICKET_OVER; DEPENDENCY_UNAVAILABLE when
   * the Queue does not answer.
   */
  async ask(token: string, claims: TicketClaims): Promise<AdmittedTicket> {
    const { queue, timeoutMs } = this.#options;
    const request = { token, scheduleId: claims.scheduleId };
    const options = { headers: onBehalfOf(claims.partner), timeoutMs };
    const { ticket } = await queue.verify(request, options).catch((error: unknown) => this.#refuse(error));
    return { ...claims, admittedUntil: ticket?.admittedUntil && timestampDate(ticket.admittedUntil) };
  }

  /** Like {@link read} and {@link ask}, for reads: an answer serves all readers with this token for a second. */
  async askForReading(token: string, partner: string, scheduleId: bigint): Promise<AdmittedTicket> {
    const claims = this.read(token, partner, scheduleId);
    const nowMs = performance.now();
    const known = this.#remembered.get(token);
    if (known && known.untilMs > nowMs) return known.ticket;
    const ticket = this.ask(token, claims);
    this.#remember(token, { ticket, untilMs: nowMs + this.#options.rememberMs });
    return ticket;
  }

  /**
   * Keeps an admitted ticket alive for at least `remainingMs` from now.
   *
   * @throws ServiceError TICKET_OVER when it is over; DEPENDENCY_UNAVAILABLE when the Queue does not answer.
   */
  async extend(ticket: TicketClaims, remainingMs: number): Promise<void> {
    const { queue, timeoutMs } = this.#options;
    const { scheduleId, number, ticketId, partner } = ticket;
    const request = { scheduleId, number, ticketId, remaining: durationFromMs(remainingMs) };
    await queue
      .extendTicket(request, { headers: onBehalfOf(partner), timeoutMs })
      .catch((error: unknown) => this.#refuse(error));
  }

  #claimsOf(token: string): TicketClaims | undefined {
    try {
      return this.#options.verify(token);
    } catch (error) {
      if (reasonOf(error) === 'TOKEN_INVALID') return undefined;
      throw error;
    }
  }

  #remember(token: string, entry: Remembered): void {
    this.#remembered.delete(token);
    const [oldest] = this.#remembered.keys();
    if (this.#remembered.size >= this.#options.rememberedMax && oldest !== undefined) this.#remembered.delete(oldest);
    this.#remembered.set(token, entry);
    // Only what opens the door is kept: who is admitted a moment later shall not wait for a no to age.
    entry.ticket.catch(() => {
      if (this.#remembered.get(token) === entry) this.#remembered.delete(token);
    });
  }

  #refuse(error: unknown): never {
    throw this.#refusalOf(error);
  }

  #refusalOf(error: unknown): ServiceError {
    const reason = reasonOf(error);
    if (reason && verdicts.has(reason)) return refuse(reason, messageOf(error), { cause: error });
    // A ticket that is in no queue: its queue is gone, or the Queue has lost it.
    if (reason === 'TICKET_UNKNOWN' || reason === 'QUEUE_UNKNOWN') {
      return refuse('TICKET_OVER', 'the ticket is not in its queue any more', { cause: error });
    }
    this.#options.log.warn({ err: error }, 'the Queue does not answer');
    return refuse('DEPENDENCY_UNAVAILABLE', 'the queue is away', { retryAfterMs: 1_000, cause: error });
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message.replace(/^\[\w+\] /, '') : String(error);
}
