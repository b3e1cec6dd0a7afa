import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';

import type { BuiltImage } from './build.ts';

/** Who runs the programs of an image on this machine. */
export type Account = { readonly uid: number; readonly gid: number } | undefined;

/** An image with the Node that its base has. */
export interface RunnableImage extends BuiltImage {
  /** Where everybody may reach it: a checkout may be beneath a folder that is its owner's alone. */
  readonly node: string;
}

/** A program of an image, run on this machine as a container would run it. */
export interface Container extends AsyncDisposable {
  readonly name: string;
  /** What it has said. */
  readonly lines: readonly string[];
  /** Comes back when the image's health check says that it is well. */
  healthy(limitMs: number): Promise<void>;
  /** Sends SIGTERM and waits for the end; the exit code, or the signal that was needed. */
  stop(limitMs: number): Promise<number | string>;
  /** The exit code of a program that ends by itself. */
  ended(limitMs: number): Promise<number | string>;
}

const betweenChecksMs = 50;

/**
 * Starts a program through the entrypoint of an image, with the environment of the image and `environment`, and nothing of
 * ours but Node. There is no folder in which it could make a file.
 */
export function runContainer(
  image: RunnableImage,
  name: string,
  environment: Readonly<Record<string, string>>,
  account: Account,
): Container {
  const start = (command: readonly string[]): ChildProcess =>
    spawn(image.node, [...inRoot(image, command)], {
      cwd: join(image.root, image.workdir),
      env: { ...image.environment, TMPDIR: join(image.root, 'nowhere'), ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
      ...account,
    });
  const child = start([...image.entrypoint, name]);
  const exited = once(child, 'exit').then(([code, signal]: (number | string | null)[]) => code ?? signal ?? 'nothing');
  const lines = linesOf(child);
  return {
    name,
    lines,
    async healthy(limitMs) {
      const end = performance.now() + limitMs;
      for (;;) {
        const [code] = (await once(start(image.healthcheck), 'exit')) as [number | null];
        if (code === 0) return;
        if (child.exitCode !== null) throw new Error(`${name} ended with ${child.exitCode}:\n${lines.join('\n')}`);
        if (performance.now() > end) throw new Error(`${name} is not well after ${limitMs} ms:\n${lines.join('\n')}`);
        await delay(betweenChecksMs);
      }
    },
    stop(limitMs) {
      child.kill('SIGTERM');
      return this.ended(limitMs);
    },
    async ended(limitMs) {
      const timer = setTimeout(() => child.kill('SIGKILL'), limitMs);
      return exited.finally(() => clearTimeout(timer));
    },
    async [Symbol.asyncDispose]() {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
      await exited.catch(() => undefined); // Whoever waits for its end hears why it did not start.
    },
  };
}

/** The command without `node`, its paths where the image's root is on this machine. */
function inRoot(image: BuiltImage, [node, ...args]: readonly string[]): readonly string[] {
  if (node !== 'node') throw new Error(`${node} is not Node`);
  return args.map((arg) => (arg.startsWith('/') ? join(image.root, arg) : arg));
}

function linesOf(child: ChildProcess): readonly string[] {
  const lines: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    if (stream !== null) createInterface(stream).on('line', (line) => lines.push(line));
  }
  return lines;
}
