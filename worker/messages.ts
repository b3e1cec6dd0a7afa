import { create } from '@bufbuild/protobuf';
import {
  WatchQueueResponseSchema,
  type QueueChange,
  type QueueStatus,
  type WatchQueueResponse,
} from '@boxoffice/proto/queue';

/** A change as a message of the stream. */
export function change(value: QueueChange): WatchQueueResponse {
  return create(WatchQueueResponseSchema, { event: { case: 'change', value } });
}

/** A status as a message of the stream. */
export function status(value: QueueStatus): WatchQueueResponse {
  return create(WatchQueueResponseSchema, { event: { case: 'status', value } });
}
