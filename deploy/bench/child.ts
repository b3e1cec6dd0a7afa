import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';

/** A process of ours that answers each message with one. It ends when it is disposed, and when this process ends. */
export class Child<Question extends object, Answer extends object> implements AsyncDisposable {
  readonly #process: ChildProcess;
  #reject: ((error: Error) => void) | undefined;

  constructor(file: string, execArgv: readonly string[] = []) {
    this.#process = fork(file, {
      execArgv: [...process.execArgv, ...execArgv],
      serialization: 'advanced',
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    this.#process.once('exit', (code, signal) => this.#reject?.(new Error(`${file} ended with ${signal ?? code}`)));
    this.#process.once('error', (error) => this.#reject?.(error));
  }

  get pid(): number | undefined {
    return this.#process.pid;
  }

  /** Asks, one question at a time. @throws Error when it ends without an answer; the signal's reason when that ends it. */
  async ask(question: Question, signal?: AbortSignal): Promise<Answer> {
    const { promise, resolve, reject } = Promise.withResolvers<Answer>();
    const onMessage = (answer: unknown): void => resolve(answer as Answer); // Our own program: see the file's types.
    const onAbort = (): void => reject(signal?.reason);
    signal?.throwIfAborted();
    this.#reject = reject;
    this.#process.once('message', onMessage);
    signal?.addEventListener('abort', onAbort, { once: true });
    try {
      if (!this.#process.connected) throw new Error('the process has ended');
      this.#process.send(question);
      return await promise;
    } finally {
      this.#reject = undefined;
      this.#process.off('message', onMessage);
      signal?.removeEventListener('abort', onAbort);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const gone = once(this.#process, 'exit');
    this.#process.kill('SIGKILL');
    await gone;
  }
}
