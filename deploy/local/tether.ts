import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import type { Readable, Writable } from 'node:stream';

/** How to start a program that must not outlive us. */
export interface TetherOptions {
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  /** Words before the program that change who runs it, for example `setpriv --reuid=…`. They must `exec` what follows. */
  readonly prefix?: readonly string[];
  readonly uid?: number;
  readonly gid?: number;
  /** What ends the program politely: sent by `stop()`, and when this process is gone. */
  readonly signal: NodeJS.Signals;
  /** What ends it for certain, after `graceMs`. */
  readonly lastSignal: NodeJS.Signals;
  readonly graceMs: number;
  /** Written to the program's standard input, which is empty otherwise. */
  readonly input?: string;
}

/** A running program that ends when this process ends, however this process ends. */
export interface Tethered extends AsyncDisposable {
  readonly pid: number;
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** Resolves when the program has ended and its output is read; never rejects. */
  readonly ended: Promise<Ending>;
  /** Sends the polite signal, the last one after the grace, and SIGKILL after another; resolves when the program is gone. */
  stop(graceMs?: number): Promise<Ending>;
}

/** How a program has ended. */
export interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/**
 * Our end of descriptor 3 closes when this process dies, `kill -9` included; then the watcher ends the program. A line on
 * it instead says that the program is gone already, so that its number is not signalled when the kernel has given it to
 * somebody else. The watcher is orphaned on purpose: the program is `exec`ed in place and must not find a child that it
 * never made (a postmaster takes the death of an unknown child for a crash).
 */
const script = `
signal=$1 last=$2 tenths=$3
shift 3
program=$$
(
  (
    trap '' HUP INT TERM
    read -r _ <&3 && exit
    kill -s "$signal" "$program"
    while [ "$tenths" -gt 0 ] && kill -0 "$program"; do
      sleep 0.1
      tenths=$((tenths - 1))
    done
    kill -s "$last" "$program"
  ) </dev/null >/dev/null 2>&1 &
)
exec 3<&-
exec "$@"
`;

/**
 * Starts a program in a session of its own (a Ctrl-C in the terminal reaches us only, and we decide on the order) and ties
 * its life to ours. The returned pid is the program's: everything before it is `exec`ed away.
 *
 * @throws Error when the program's prefix or shell cannot be started; a program that is missing ends with code 127.
 */
export async function tether(command: string, args: readonly string[], options: TetherOptions): Promise<Tethered> {
  const tenths = String(Math.ceil(options.graceMs / 100));
  const name = (signal: NodeJS.Signals): string => signal.replace(/^SIG/, '');
  const shell = ['/bin/sh', '-c', script, 'sh', name(options.signal), name(options.lastSignal), tenths];
  const [first = '/bin/sh', ...rest] = [...(options.prefix ?? []), ...shell, command, ...args];
  const child = spawn(first, rest, {
    stdio: [options.input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe', 'pipe'],
    detached: true,
    ...(options.env && { env: options.env }),
    ...(options.cwd && { cwd: options.cwd }),
    ...(options.uid !== undefined && { uid: options.uid }),
    ...(options.gid !== undefined && { gid: options.gid }),
  }) as ChildProcessByStdio<Writable | null, Readable, Readable>;

  const lifeline = child.stdio[3] as Writable;
  lifeline.on('error', () => undefined); // The watcher has gone before us: there is nobody left to tell.
  child.once('exit', () => lifeline.end('\n'));
  const ended = new Promise<Ending>((resolve) => {
    child.once('close', (code, signal) => resolve({ code, signal }));
    child.once('error', () => resolve({ code: 127, signal: null }));
  });
  await once(child, 'spawn');
  if (child.pid === undefined) throw new Error(`${command} has no process id`);
  child.stdin?.on('error', () => undefined); // A program may end without reading; its exit code tells.
  child.stdin?.end(options.input);

  const stop = (graceMs = options.graceMs): Promise<Ending> => end(child, ended, { ...options, graceMs });
  return {
    pid: child.pid,
    stdout: child.stdout,
    stderr: child.stderr,
    ended,
    stop,
    async [Symbol.asyncDispose]() {
      await stop();
    },
  };
}

async function end(
  child: ChildProcessByStdio<Writable | null, Readable, Readable>,
  ended: Promise<Ending>,
  options: TetherOptions,
): Promise<Ending> {
  const timers: NodeJS.Timeout[] = [];
  const running = (): boolean => child.exitCode === null && child.signalCode === null;
  const after = (delayMs: number, signal: NodeJS.Signals): void => {
    timers.push(setTimeout(() => running() && child.kill(signal), delayMs));
  };
  if (running()) child.kill(options.signal);
  after(options.graceMs, options.lastSignal);
  after(2 * options.graceMs, 'SIGKILL');
  try {
    return await ended;
  } finally {
    timers.forEach(clearTimeout);
  }
}
