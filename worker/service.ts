import type { ServiceImpl } from '@connectrpc/connect';
import type { PositionService } from '@boxoffice/proto/queue';

import type { Deps } from './deps.ts';
import { watchPosition } from './rpc/watch-position.ts';
import { watchQueue } from './rpc/watch-queue.ts';

/** Positions as they change. */
export const positionService = (deps: Deps): ServiceImpl<typeof PositionService> => ({
  watchPosition: watchPosition(deps),
  watchQueue: watchQueue(deps),
});
