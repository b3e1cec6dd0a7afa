import { LRUCache } from 'lru-cache';
import { QueueState } from '@boxoffice/proto/queue';
import { refuse } from '@boxoffice/runtime/error';
import type { Deps } from '../deps.ts';
import { present } from '../answers/send.ts';

const takesJoins = [QueueState.SCHEDULED, QueueState.OPEN, QueueState.PAUSED];
const rememberMs = 1_000;
// More than one is as good as many.
const pageSize = 2;
const key = 'open';

/** The one queue that takes joins, for members who do not say which: looked for once a second, whoever asks. */
export class OnlyQueue {
  readonly #found: LRUCache<typeof key, bigint[]>;

  constructor({ queueAdmin }: Pick<Deps, 'queueAdmin'>, timeoutMs: number) {
    this.#found = new LRUCache({
      max: 1,
      ttl: rememberMs,
      fetchMethod: async () => {
        const { queues } = await queueAdmin.listQueues({ states: takesJoins, pageSize }, { timeoutMs });
        return queues.map(({ scheduleId }) => scheduleId);
      },
    });
  }

  /**
   * The schedule of that queue.
   *
   * @param field what the member could have said it with.
   * @throws ServiceError REQUEST_INVALID when there is none, or more than one.
   */
  async scheduleId(field: string): Promise<bigint> {
    const [first, ...others] = present(await this.#found.fetch(key));
    if (first === undefined || others.length > 0) {
      const why = first === undefined ? 'no queue is open' : 'more than one queue is open';
      throw refuse('REQUEST_INVALID', `${field} is required: ${why}`);
    }
    return first;
  }
}
