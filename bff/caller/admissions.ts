import { LRUCache } from 'lru-cache';
import { timestampDate } from '@bufbuild/protobuf/wkt';
import { ConnectError, type CallOptions, type Client } from '@connectrpc/connect';
import type { QueueService } from '@boxoffice/proto/queue';
import type { Reason } from '@boxoffice/proto/reasons';
import { reasonOf, refuse } from '@boxoffice/runtime/error';
import type { QueueToken } from './queue-token.ts';

/** That a ticket is admitted. */
export interface Admission {
  /** By the Queue's clock. */
  readonly until: Date | undefined;
}

const keptMs = 1_000;
const keptMax = 65_536;

/** The queue check of what is answered here: asks the Queue whether a ticket is admitted. A yes is good for a second. */
export class Admissions {
  readonly #queue: Pick<Client<typeof QueueService>, 'verify'>;
  readonly #kept = new LRUCache<string, Promise<Admission>>({ max: keptMax, ttl: keptMs });

  constructor(queue: Pick<Client<typeof QueueService>, 'verify'>) {
    this.#queue = queue;
  }

  /**
   * Checks that a ticket is admitted.
   *
   * @throws ServiceError TICKET_WAITING, TICKET_OVER, TOKEN_INVALID.
   * @throws ConnectError when the Queue cannot be reached.
   */
  check(token: QueueToken, { timeoutMs, headers }: CallOptions): Promise<Admission> {
    const known = this.#kept.get(token.text);
    if (known !== undefined) {
      return known;
    }
    // Without a caller's signal: others wait for the same answer.
    const asked = this.#ask(token, { ...(timeoutMs !== undefined && { timeoutMs }), ...(headers && { headers }) });
    this.#kept.set(token.text, asked);
    // Only what opens the door is kept: who is admitted a moment later shall not wait for a no to age.
    asked.catch(() => {
      if (this.#kept.peek(token.text) === asked) this.#kept.delete(token.text);
    });
    return asked;
  }

  /** Notes that a ticket was found to be over: a yes from before that is no good any more. */
  forget({ text }: QueueToken): void {
    this.#kept.delete(text);
  }

  async #ask({ text, claims: { scheduleId } }: QueueToken, options: CallOptions): Promise<Admission> {
    try {
      const { ticket } = await this.#queue.verify({ token: text, scheduleId }, options);
      return { until: ticket?.admittedUntil && timestampDate(ticket.admittedUntil) };
    } catch (error) {
      throw refusalOf(error);
    }
  }
}

/** A ticket that is in no queue: its queue is gone, or the Queue has lost it. */
const lost: ReadonlySet<Reason | undefined> = new Set<Reason>(['TICKET_UNKNOWN', 'QUEUE_UNKNOWN']);

function refusalOf(error: unknown): unknown {
  const reason = reasonOf(error);
  if (lost.has(reason)) {
    return refuse('TICKET_OVER', 'the ticket is not in its queue any more', { cause: error });
  }
  // The Queue's own words, without facts that a refusal of the seats never told.
  return reason === 'TICKET_OVER' ? refuse(reason, ConnectError.from(error).rawMessage, { cause: error }) : error;
}
