import type { ServiceImpl } from '@connectrpc/connect';
import type { LedgerService } from '@boxoffice/proto/ledger';
import { watchEvents as watch } from '@boxoffice/runtime/events/watch-events';
import { identityOf } from '@boxoffice/runtime/identity';

import type { Deps } from '../deps.ts';

/** Streams what has happened. */
export const watchEvents =
  ({ events }: Deps): ServiceImpl<typeof LedgerService>['watchEvents'] =>
  (request, context) =>
    watch(events.feed, request, identityOf(context), context.signal);
