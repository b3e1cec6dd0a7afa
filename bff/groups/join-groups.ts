import { create } from '@bufbuild/protobuf';
import { timestampDate } from '@bufbuild/protobuf/wkt';
import { Code, ConnectError, type Client } from '@connectrpc/connect';
import { JoinGroupRequestSchema, type JoinGroupResponse_Result, type QueueService } from '@boxoffice/proto/queue';
import { CallGroups } from './call-groups.ts';
import { refusalOf } from './group-refusal.ts';

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

interface JoinGroupsOptions {
  readonly queue: Pick<Client<typeof QueueService>, 'joinGroup'>;
  readonly timeoutMs: number;
}

const groupsAtOnceMax = 8;

/** Joins members in groups, a line a queue. */
export class JoinGroups {
  readonly #groups: CallGroups<bigint, Joiner, Joined, JoinGroupResponse_Result>;

  constructor({ queue, timeoutMs }: JoinGroupsOptions) {
    this.#groups = new CallGroups({
      atOnceMax: groupsAtOnceMax,
      call: async (scheduleId, joiners) => {
        const request = create(JoinGroupRequestSchema, { scheduleId, joiners: [...joiners] });
        return (await queue.joinGroup(request, { timeoutMs })).results;
      },
      settle,
    });
  }

  /**
   * Joins one member to a queue.
   *
   * @throws ServiceError what `QueueService.Join` refuses for, and BUSY when too many wait already.
   * @throws ConnectError when the Queue cannot be reached.
   */
  join(scheduleId: bigint, joiner: Joiner): Promise<Joined> {
    return this.#groups.add(scheduleId, joiner);
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
