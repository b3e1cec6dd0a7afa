import { request, type ClientRequest, type IncomingMessage } from 'node:http';

import type { AnswerBody } from './web.ts';

/** An event of a stream. */
export interface ServerSentEvent {
  readonly id: string | undefined;
  readonly event: string;
  readonly data: AnswerBody;
}

/** A reader of a stream of server-sent events, as browsers read them. */
export class SseReader {
  readonly events: ServerSentEvent[] = [];
  comments = 0;
  status = 0;
  headers: IncomingMessage['headers'] = {};
  /** Whether the server has ended the stream. */
  ended = false;
  readonly #req: ClientRequest;
  #rest = '';
  #wake = Promise.withResolvers<void>();

  private constructor(url: string, headers: Record<string, string>) {
    this.#req = request(url, { headers, agent: false });
    this.#req.on('error', () => this.#finish());
    this.#req.on('response', (res) => {
      this.status = res.statusCode ?? 0;
      this.headers = res.headers;
      res.setEncoding('utf8');
      res.on('data', (text: string) => this.#take(text));
      res.on('end', () => this.#finish());
      res.on('error', () => this.#finish());
      this.#tell();
    });
    this.#req.end();
  }

  /** Opens a stream; resolves when the answer's head is there. */
  static async open(url: string, headers: Record<string, string> = {}): Promise<SseReader> {
    const reader = new SseReader(url, headers);
    await reader.until(() => reader.status > 0);
    return reader;
  }

  /** Waits until something holds, looking whenever something has come. */
  async until(holds: () => boolean, timeoutMs = 10_000): Promise<void> {
    const late = setTimeout(
      () => this.#wake.reject(new Error(`still waiting: ${JSON.stringify(this.events)}`)),
      timeoutMs,
    );
    try {
      while (!holds()) {
        await this.#wake.promise;
      }
    } finally {
      clearTimeout(late);
    }
  }

  /** The newest event. */
  get last(): ServerSentEvent | undefined {
    return this.events.at(-1);
  }

  close(): void {
    this.#req.destroy();
  }

  #take(text: string): void {
    const blocks = (this.#rest + text).split('\n\n');
    this.#rest = blocks.pop() ?? '';
    for (const block of blocks) {
      const lines = block.split('\n');
      const field = (name: string) => lines.find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2);
      const data = field('data');
      if (data !== undefined) {
        this.events.push({ id: field('id'), event: field('event') ?? 'message', data: JSON.parse(data) as AnswerBody });
      } else if (lines.some((line) => line.startsWith(':'))) {
        this.comments++;
      }
    }
    this.#tell();
  }

  #finish(): void {
    this.ended = true;
    this.#tell();
  }

  #tell(): void {
    const { resolve } = this.#wake;
    this.#wake = Promise.withResolvers();
    resolve();
  }
}
