import type { MessageInitShape } from '@bufbuild/protobuf';
import type { WatchPositionRequest, WatchPositionResponseSchema } from '@boxoffice/proto/queue';
import type { Deps } from '../deps.ts';
import type { QueueToken } from '../caller/queue-token.ts';
import type { Call } from './call.ts';
import { PositionQueue } from './position-queue.ts';
import { Tickets } from './ticket.ts';

/** Streams a ticket's position, by the same rounds as the event streams. Whoever watches is present. */
export function watchPosition(deps: Deps) {
  const tickets = new Tickets(deps);
  const { streams, positions } = deps;
  return async function* (
    _request: WatchPositionRequest,
    call: Call,
    token: QueueToken,
  ): AsyncGenerator<MessageInitShape<typeof WatchPositionResponseSchema>> {
    const release = streams.reserve(token);
    let queue: PositionQueue | undefined;
    try {
      const first = await positions.of(token, () => call.reading);
      call.signal.throwIfAborted();
      queue = attach(streams, token, { first, release });
      for (let sent = await queue.take(call.signal); sent !== undefined; sent = await queue.take(call.signal)) {
        const { answer, revision } = sent;
        yield { ticket: await tickets.as(token, answer, call.reading), revision };
      }
    } finally {
      if (queue === undefined) {
        release();
      } else {
        queue.close();
      }
    }
  };
}

function attach(
  streams: Deps['streams'],
  token: QueueToken,
  options: { first: Parameters<Deps['streams']['attach']>[2]['first']; release: () => void },
): PositionQueue {
  let made: PositionQueue | undefined;
  streams.attach((onClose) => (made = new PositionQueue(onClose)), token, { ...options, lastEventId: undefined });
  if (made === undefined) {
    throw new Error('a stream of positions was not made');
  }
  return made;
}
