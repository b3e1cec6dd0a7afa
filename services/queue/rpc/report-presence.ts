import type { ServiceImpl } from '@connectrpc/connect';
import type { QueueService } from '@boxoffice/proto/queue';

import type { Deps } from '../deps.ts';

/** Stores which waiting tickets a BFF has seen. */
export const reportPresence =
  ({ sightings }: Deps): ServiceImpl<typeof QueueService>['reportPresence'] =>
  async ({ reporterId, present }) => {
    const seen = present.flatMap(({ scheduleId, numbers }) => numbers.map((number) => ({ scheduleId, number })));
    await sightings.report({ id: reporterId, channel: 'front' }, seen);
    return {};
  };
