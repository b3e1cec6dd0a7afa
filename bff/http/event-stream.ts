import type { ServerResponse } from 'node:http';

// Drawn for each stream: those that end together do not come back together.
const retryMs = { min: 1_000, max: 3_000 };

/** An event as it travels, to be sent to many. `data` holds no line end, which JSON does not. */
export function eventFrame(event: string, data: string | Buffer): Buffer {
  const text = typeof data === 'string' ? Buffer.from(data) : data;
  return Buffer.concat([Buffer.from(`event: ${event}\ndata: `), text, Buffer.from('\n\n')]);
}

/**
 * A stream of server-sent events on a response.
 *
 * By hand, since what better-sse keeps costs 37 KB a reader instead of 20 (4,000 readers, Node 24), it writes without
 * asking whether the reader keeps up, and it throws on a `Host` header that makes no URL.
 */
export class EventStream {
  readonly #res: ServerResponse;
  #fullSinceMs: number | undefined;

  constructor(res: ServerResponse, onClose: () => void) {
    this.#res = res;
    // The end of the stream is the end of the connection: chunks would cost four writes an event instead of one.
    res.useChunkedEncodingByDefault = false;
    res.once('close', onClose);
    res.on('drain', () => (this.#fullSinceMs = undefined));
    res.writeHead(200, {
      'Content-Type': 'text/event-stream; charset=utf-8',
      // No proxy may keep an event back until there are more.
      'Cache-Control': 'no-store, no-transform',
      'X-Accel-Buffering': 'no',
    });
    const { min, max } = retryMs;
    this.#write(`retry: ${Math.round(min + Math.random() * (max - min))}\n\n`);
  }

  /** Whether the reader has room for another event. While it has none, keep the newest state for later. */
  get ready(): boolean {
    return !this.#res.writableNeedDrain && !this.#res.writableEnded;
  }

  /** Sends an event. `data` is ASCII in JSON, as positions are. */
  send(event: string, data: object, id: string | undefined): void {
    this.#write(`${id === undefined ? '' : `id: ${id}\n`}event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
  }

  /** Sends an event in UTF-8 that {@link eventFrame} has made. */
  sendFrame(frame: Buffer): void {
    this.#write(frame);
  }

  /** Sends a comment, so that nobody on the way takes the connection for dead. */
  heartbeat(): void {
    if (this.ready) {
      this.#write(':\n\n');
    }
  }

  /** Since when the reader has not kept up, by `performance.now()`; undefined when it does. */
  get fullSinceMs(): number | undefined {
    return this.#fullSinceMs;
  }

  /** Ends the stream behind what was sent. */
  end(): void {
    this.#res.end();
  }

  /** Drops the connection. */
  drop(): void {
    this.#res.destroy();
  }

  #write(data: string | Buffer): void {
    const flows = typeof data === 'string' ? this.#res.write(data, 'latin1') : this.#res.write(data);
    if (!flows) {
      this.#fullSinceMs ??= performance.now();
    }
  }
}
