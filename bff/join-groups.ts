import { create } from '@bufbuild/protobuf';
import { durationMs, timestampDate } from '@bufbuild/protobuf/wkt';
import { Code, ConnectError, type Client } from '@connectrpc/connect';
import {
  JoinGroupRequestSchema,
  type JoinGroupResponse_Refused,
  type JoinGroupResponse_Result,
  type QueueService,
} from '@boxoffice/proto/queue';
import { isReason } from '@boxoffice/proto/reasons';
import { refuse } from '@boxoffice/runtime/error';

/** A member who joins. */
export interface Joiner {
  readonly memberId: string;
  /** The IP address the member comes from; empty when unknown. */
  readonly clientAddress: string;
}

/** The ticket a member has now. */
export interface Joined {
  readonly token: string;
  readonly number: bigint;
  readonly ticketId: string;
  readonly joinedAt: Date;
  /** False when the member had it already. */
  readonly created: boolean;
}

interface Waiting extends Joiner {
  readonly result: PromiseWithResolvers<Joined>;
}

interface Line {
  readonly waiting: Waiting[];
  underWay: number;
}

interface JoinGroupsOptions {
  readonly queue: Pick<Client<typeof QueueService>, 'joinGroup'>;
  readonly timeoutMs: number;
}

/** Members in one call at most: what the contract allows. */
const groupMax = 512;
/** Calls of one queue at once: while one is being written, the next is on its way. */
const groupsAtOnceMax = 8;
/** Members who wait for a call at most, in the whole process. */
const waitingMax = 20_000;

/**
 * Joins in groups: one call to the Queue for all who came while the one before was under way, so that a rush costs some
 * hundred calls a second, however many join. Nobody waits for a group to fill.
 */
export class JoinGroups {
  readonly #options: JoinGroupsOptions;
  readonly #lines = new Map<bigint, Line>();
  #count = 0;

  constructor(options: JoinGroupsOptions) {
    this.#options = options;
  }

  /**
   * Joins one member to a queue.
   *
   * @throws ServiceError what `QueueService.Join` refuses for, and BUSY when too many wait already.
   * @throws ConnectError when the Queue cannot be reached.
   */
  join(scheduleId: bigint, joiner: Joiner): Promise<Joined> {
    if (this.#count >= waitingMax) {
      throw refuse('BUSY', 'too many join at this moment', { retryAfterMs: 500 });
    }
    this.#count++;
    const waiting: Waiting = { ...joiner, result: Promise.withResolvers() };
    let line = this.#lines.get(scheduleId);
    if (line === undefined) {
      line = { waiting: [], underWay: 0 };
      this.#lines.set(scheduleId, line);
    }
    line.waiting.push(waiting);
    if (line.waiting.length === 1 && line.underWay < groupsAtOnceMax) {
      this.#sendSoon(scheduleId, line);
    }
    return waiting.result.promise;
  }

  /** When all requests that are here already have been read: they would be the next group, behind a group of one. */
  #sendSoon(scheduleId: bigint, line: Line): void {
    setImmediate(() => this.#send(scheduleId, line));
  }

  #send(scheduleId: bigint, line: Line): void {
    while (line.underWay < groupsAtOnceMax && line.waiting.length > 0) {
      const group = line.waiting.splice(0, groupMax);
      this.#count -= group.length;
      line.underWay++;
      void this.#call(scheduleId, line, group);
    }
    if (line.underWay === 0) {
      this.#lines.delete(scheduleId);
    }
  }

  /** Never rejects: each member hears for itself. The next group is on its way before this one hears. */
  async #call(scheduleId: bigint, line: Line, group: readonly Waiting[]): Promise<void> {
    const joiners = group.map(({ memberId, clientAddress }) => ({ memberId, clientAddress }));
    const request = create(JoinGroupRequestSchema, { scheduleId, joiners });
    const next = (): void => {
      line.underWay--;
      this.#send(scheduleId, line);
    };
    try {
      const { results } = await this.#options.queue.joinGroup(request, { timeoutMs: this.#options.timeoutMs });
      next();
      group.forEach(({ result }, index) => settle(result, results[index]));
    } catch (error) {
      next();
      group.forEach(({ result }) => result.reject(error));
    }
  }
}

function settle({ resolve, reject }: PromiseWithResolvers<Joined>, answer: JoinGroupResponse_Result | undefined): void {
  const result = answer?.result;
  if (result?.case === 'joined' && result.value.joinedAt !== undefined) {
    const { token, number, ticketId, joinedAt, created } = result.value;
    resolve({ token, number, ticketId, joinedAt: timestampDate(joinedAt), created });
  } else if (result?.case === 'refused') {
    reject(refusalOf(result.value));
  } else {
    reject(new ConnectError('the Queue answered without a ticket', Code.Internal));
  }
}

function refusalOf({ reason, message, retryAfter }: JoinGroupResponse_Refused): Error {
  if (!isReason(reason)) {
    return new ConnectError(message, Code.Unknown);
  }
  return refuse(reason, message, retryAfter === undefined ? {} : { retryAfterMs: durationMs(retryAfter) });
}
