import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type { Logger } from 'pino';

/** What some files say; they are read again as they change. */
export interface Followed<T> extends AsyncDisposable {
  readonly current: T;
  /** Calls back after each change, until the subscription is disposed. */
  onChange(listener: () => void): Disposable;
}

/** Files that say one thing together. */
export interface FollowedFiles<T> {
  readonly paths: readonly string[];
  /** Throws when it cannot be understood. The message is logged, so it has nothing secret. */
  readonly understand: (texts: readonly string[]) => T;
  /** For the log: `keys`. */
  readonly what: string;
  /** For the log, after a change: what may be shown of it. */
  readonly shown: (value: T) => object;
  readonly log: Logger;
  readonly intervalMs?: number | undefined;
}

const pollIntervalMs = 2_000;

/**
 * Reads files and follows them: every 2 s they are read again, and a change takes effect at once, whether they were written
 * in place, replaced by a rename, or are a Kubernetes secret whose symlink was swapped. What cannot be read or understood is
 * logged, and what was read last stays in force.
 *
 * @throws Error when they cannot be read or understood at the start.
 */
export function followFiles<T>({ paths, understand, what, shown, log, intervalMs }: FollowedFiles<T>): Followed<T> {
  let texts = paths.map((path) => readFileSync(path, 'utf8'));
  let current = understand(texts);
  let broken: string | undefined;
  const listeners = new Set<() => void>();

  async function reload(): Promise<void> {
    const read = await Promise.all(paths.map((path) => readFile(path, 'utf8')));
    if (read.every((text, index) => text === texts[index]) && broken === undefined) return;
    current = understand(read);
    texts = read;
    broken = undefined;
    log.info({ paths, ...shown(current) }, `${what} read again`);
    listeners.forEach((listener) => listener());
  }

  // A rewrite in place, or of several files, can be caught half done: the next look mends it, and the same fault is told once.
  function keep(error: unknown): void {
    const fault = error instanceof Error ? error.message : String(error);
    if (fault === broken) return;
    broken = fault;
    log.error({ paths, fault }, `${what} cannot be read: those read before stay in force`);
  }

  const nextLook = () => setTimeout(look, intervalMs ?? pollIntervalMs).unref();
  let looking = Promise.resolve();
  let timer = nextLook();
  function look(): void {
    looking = reload()
      .catch(keep)
      .then(() => {
        timer = nextLook();
      });
  }

  return {
    get current() {
      return current;
    },
    onChange(listener) {
      listeners.add(listener);
      return { [Symbol.dispose]: () => void listeners.delete(listener) };
    },
    async [Symbol.asyncDispose]() {
      clearTimeout(timer);
      await looking;
      clearTimeout(timer);
    },
  };
}
