import type { ServiceImpl } from '@connectrpc/connect';
import type { QueueAdminService, QueueService } from '@boxoffice/proto/queue';

import type { Deps } from './deps.ts';
import { closeQueue } from './rpc/close-queue.ts';
import { complete } from './rpc/complete.ts';
import { extendTicket } from './rpc/extend-ticket.ts';
import { getQueue } from './rpc/get-queue.ts';
import { getTicket } from './rpc/get-ticket.ts';
import { join } from './rpc/join.ts';
import { joinGroup } from './rpc/join-group.ts';
import { leave } from './rpc/leave.ts';
import { listActions } from './rpc/list-actions.ts';
import { listQueues } from './rpc/list-queues.ts';
import { openQueue } from './rpc/open-queue.ts';
import { pauseQueue } from './rpc/pause-queue.ts';
import { reportPresence } from './rpc/report-presence.ts';
import { resumeQueue } from './rpc/resume-queue.ts';
import { updatePolicy } from './rpc/update-policy.ts';
import { verify } from './rpc/verify.ts';
import { watchEvents } from './rpc/watch-events.ts';

/** For members, and for the services that ask about their tickets. */
export const queueService = (deps: Deps): ServiceImpl<typeof QueueService> => ({
  join: join(deps),
  joinGroup: joinGroup(deps),
  getTicket: getTicket(deps),
  leave: leave(deps),
  verify: verify(deps),
  extendTicket: extendTicket(deps),
  complete: complete(deps),
  reportPresence: reportPresence(deps),
  watchEvents: watchEvents(deps),
});

/** For operators. */
export const queueAdminService = (deps: Deps): ServiceImpl<typeof QueueAdminService> => ({
  openQueue: openQueue(deps),
  getQueue: getQueue(deps),
  listQueues: listQueues(deps),
  updatePolicy: updatePolicy(deps),
  pauseQueue: pauseQueue(deps),
  resumeQueue: resumeQueue(deps),
  closeQueue: closeQueue(deps),
  listActions: listActions(deps),
});
