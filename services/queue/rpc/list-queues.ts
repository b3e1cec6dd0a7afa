import type { ServiceImpl } from '@connectrpc/connect';
import type { QueueAdminService } from '@boxoffice/proto/queue';
import { decodePageToken, encodePageToken } from '@boxoffice/runtime/database/page-token';

import { queueMessage } from '../admin.ts';
import type { Deps } from '../deps.ts';
import { queueStateNames } from '../queue-state.ts';
import { describeQueues, describeQueuesInStates } from '../sql/describe-queues.ts';

const pageSizeDefault = 50;
const lastId = 2n ** 63n - 1n;

/** Lists queues in the order of their schedules: all, or those in some states. */
export const listQueues =
  ({ pool }: Deps): ServiceImpl<typeof QueueAdminService>['listQueues'] =>
  async ({ pageSize, pageToken, states }) => {
    const names = queueStateNames(states);
    const scope = names.length === 0 ? '' : `queues ${names.join(' ')}`;
    const first = decodePageToken(pageToken, { scheduleId: 'bigint' }, scope)?.scheduleId ?? 1n;
    const limit = pageSize === 0 ? pageSizeDefault : pageSize;
    const rows =
      names.length === 0
        ? await describeQueues.rows(pool, [first, lastId, limit + 1])
        : await describeQueuesInStates.rows(pool, [first, limit + 1, names]);
    const next = rows[limit];
    return {
      queues: rows.slice(0, limit).map(queueMessage),
      nextPageToken: next === undefined ? '' : encodePageToken({ scheduleId: next.schedule_id }, scope),
    };
  };
