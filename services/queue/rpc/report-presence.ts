import type { ServiceImpl } from '@connectrpc/connect';
import type { QueueService } from '@boxoffice/proto/queue';

import type { Deps } from '../deps.ts';
import { reportPresence as report } from '../presence.ts';

/** Stores which waiting tickets a BFF has seen. */
export const reportPresence =
  ({ pool }: Deps): ServiceImpl<typeof QueueService>['reportPresence'] =>
  async ({ reporterId, present }) => {
    const seen = present.flatMap(({ scheduleId, numbers }) => numbers.map((number) => ({ scheduleId, number })));
    await report(pool, { id: reporterId, channel: 'front' }, seen);
    return {};
  };
