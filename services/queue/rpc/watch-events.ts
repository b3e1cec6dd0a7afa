import type { ServiceImpl } from '@connectrpc/connect';
import type { QueueService } from '@boxoffice/proto/queue';
import { watchEvents as watch } from '@boxoffice/runtime/events/watch-events';
import { identityOf } from '@boxoffice/runtime/identity';

import type { Deps } from '../deps.ts';

/** Streams what has happened. */
export const watchEvents =
  ({ events }: Deps): ServiceImpl<typeof QueueService>['watchEvents'] =>
  (request, context) =>
    watch(events.feed, request, identityOf(context), context.signal);
