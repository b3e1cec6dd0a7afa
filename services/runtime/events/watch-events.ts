import type { MessageInitShape } from '@bufbuild/protobuf';
import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import type { EventSchema } from '@boxoffice/proto/events';

import { refuse, type ServiceError } from '../error.ts';
import type { Identity } from '../identity.ts';
import { cloudEventOf, logNameOf } from './cloud-event.ts';
import { cursorAt, cursorInvalid, positionOf, type LogName } from './cursor.ts';
import type { EventFeed, EventWatch } from './feed.ts';
import type { EventRow, LogRow } from './read-events.ts';

/** What `WatchEventsRequest` says in every service. */
export interface WatchRequest {
  /** Empty: from the oldest event that is kept. */
  readonly afterCursor: string;
  /** Empty: all. */
  readonly types: readonly string[];
}

/** `WatchEventsResponse` of every service. */
export interface WatchMessage {
  readonly events: MessageInitShape<typeof EventSchema>[];
  readonly cursor: string;
}

const eventsAMessageMax = 100;
/** Clients take 4 MiB; one event has some 200 KB at most. */
const dataAMessageBytesMax = 1_048_576;
/** Positions looked at in one reading, for those of interest. */
const span = 5_000;
const silenceMsMax = 10_000;

/**
 * Streams the events of a log from a cursor on, without end: a partner's own and everybody's; to an operator all. The first
 * message comes at once, and then one at least every ten seconds, each after a look at the log.
 *
 * What somebody has not taken yet is kept nowhere but in the log. It listens before it reads, and each reading is of one
 * instant, so nothing falls between.
 *
 * @throws ServiceError CURSOR_INVALID; CURSOR_EXPIRED, at the beginning or when who watches was slower than events are
 * forgotten; STREAM_LIMIT; the signal's reason.
 */
export async function* watchEvents(
  feed: EventFeed,
  request: WatchRequest,
  identity: Pick<Identity, 'kind' | 'partner'>,
  signal: AbortSignal,
): AsyncGenerator<WatchMessage, void> {
  using watch = feed.watch();
  const partner = identity.kind === 'operator' ? null : identity.partner;
  const begun = await watch.readLog();
  const name = logNameOf(feed.pool, begun);
  const asked = positionOf(name, request.afterCursor);
  let after = asked ?? begun.forgotten_through;
  let sentAtMs = -Infinity;
  for (let first = true; ; first = false) {
    signal.throwIfAborted();
    const heard = feed.grown.rings;
    const window = await readAfter(watch, after, partner, request.types);
    if (first && asked === undefined && after < window.log.forgotten_through) {
      after = window.log.forgotten_through;
      continue;
    }
    requireKept(window.log, begun, after);
    for (const events of messagesOf(window.events)) {
      yield { events: events.map((row) => eventMessage(name, row)), cursor: cursorAt(name, lastOf(events)) };
      sentAtMs = performance.now();
    }
    after = window.through;
    if (performance.now() - sentAtMs >= silenceMsMax) {
      yield { events: [], cursor: cursorAt(name, after) };
      sentAtMs = performance.now();
    }
    if (after === window.log.head) {
      await feed.grown.rungAfter(heard, silenceMsMax - (performance.now() - sentAtMs), signal);
    }
  }
}

interface Window {
  readonly log: LogRow;
  readonly events: readonly EventRow[];
  /** What is of interest up to here is in `events`. */
  readonly through: bigint;
}

async function readAfter(
  watch: EventWatch,
  after: bigint,
  partner: string | null,
  types: readonly string[],
): Promise<Window> {
  const rows = await watch.readWindow(after, span, partner, types, eventsAMessageMax);
  const [log] = rows;
  if (log === undefined) throw new Error('event_head has no row');
  const events = rows.flatMap((row) => (row.position === null ? [] : [row]));
  const end = after + BigInt(span) < log.head ? after + BigInt(span) : log.head;
  return { log, events, through: events.length === eventsAMessageMax ? lastOf(events) : end };
}

function requireKept(now: LogRow, begun: LogRow, after: bigint): void {
  if (now.epoch !== begun.epoch) throw cursorInvalid('the log has been begun anew');
  if (after > now.head) throw cursorInvalid('it is ahead of the log');
  if (after < now.forgotten_through) throw cursorExpired();
}

function cursorExpired(): ServiceError {
  return refuse('CURSOR_EXPIRED', 'events after the cursor are not kept any more: begin with an empty one');
}

/** Cuts events into messages of a size that every client takes. */
function* messagesOf(events: readonly EventRow[]): Generator<readonly EventRow[]> {
  let start = 0;
  let bytes = 0;
  for (const [index, { data }] of events.entries()) {
    const size = Buffer.byteLength(data);
    if (index > start && bytes + size > dataAMessageBytesMax) {
      yield events.slice(start, index);
      start = index;
      bytes = 0;
    }
    bytes += size;
  }
  if (start < events.length) yield events.slice(start);
}

function eventMessage(name: LogName, row: EventRow): MessageInitShape<typeof EventSchema> {
  const { id, source, type, subject, data } = cloudEventOf(name, row);
  const time = timestampFromDate(row.occurred_at);
  return { id, source, type, subject, time, data, cursor: cursorAt(name, row.position) };
}

function lastOf(events: readonly EventRow[]): bigint {
  const last = events.at(-1);
  if (last === undefined) throw new Error('no events');
  return last.position;
}
