import { connect, type Socket } from 'node:net';

import { ResponseScanner } from './response-scanner.ts';

/** Where requests go. */
export interface Target {
  readonly host: string;
  readonly port: number;
}

/** Told instead of a status when the connection broke before the answer came. */
export const connectionLost = 0;

type Done = (status: number, body: Buffer) => void;

const connectLimitMs = 10_000;
const empty = Buffer.alloc(0);

/** A kept-alive connection with one request under way at most. */
export class Connection implements Disposable {
  readonly #socket: Socket;
  readonly #scanner = new ResponseScanner();
  #done: Done | undefined;
  #isLost = false;

  private constructor(socket: Socket) {
    this.#socket = socket;
    const answer = (status: number, body: Buffer): void => this.#answer(status, body);
    socket.on('data', (piece) => {
      try {
        this.#scanner.push(piece, answer);
      } catch {
        socket.destroy();
      }
    });
    socket.on('error', () => undefined); // 'close' follows.
    socket.on('close', () => {
      this.#isLost = true;
      if (this.#done !== undefined) this.#answer(connectionLost, empty);
    });
  }

  /** Connects. @throws Error when that fails, or takes longer than 10 s. */
  static async open({ host, port }: Target): Promise<Connection> {
    const socket = connect({ host, port, noDelay: true });
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const timer = setTimeout(() => socket.destroy(new Error(`no connection in ${connectLimitMs} ms`)), connectLimitMs);
    socket.once('connect', resolve);
    socket.once('error', reject);
    try {
      await promise;
    } finally {
      clearTimeout(timer);
      socket.off('error', reject);
    }
    return new Connection(socket);
  }

  /** Opens many, some at a time. @throws Error as {@link open} does; then none is left open. */
  static async openMany(count: number, target: Target): Promise<Connection[]> {
    const opened: Connection[] = [];
    const atOnceMax = 64;
    try {
      while (opened.length < count) {
        const more = Math.min(atOnceMax, count - opened.length);
        const results = await Promise.allSettled(Array.from({ length: more }, () => Connection.open(target)));
        for (const result of results) if (result.status === 'fulfilled') opened.push(result.value);
        for (const result of results) if (result.status === 'rejected') throw result.reason as Error;
      }
    } catch (error) {
      opened.forEach((connection) => connection[Symbol.dispose]());
      throw error;
    }
    return opened;
  }

  /** It cannot be used any more. */
  get isLost(): boolean {
    return this.#isLost;
  }

  /** Sends a request; the answer's body is valid during the call of `done` only. Not before the last answer has come. */
  send(request: string | Buffer, done: Done): void {
    if (this.#isLost) return done(connectionLost, empty);
    this.#done = done;
    if (typeof request === 'string') this.#socket.write(request, 'latin1');
    else this.#socket.write(request);
  }

  [Symbol.dispose](): void {
    this.#done = undefined;
    this.#socket.destroy();
  }

  #answer(status: number, body: Buffer): void {
    const done = this.#done;
    this.#done = undefined;
    done?.(status, body);
  }
}
