import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

import { expect, test } from '@boxoffice/runtime/testing/tests';

interface Line {
  readonly level: string;
  readonly msg: string;
  readonly [name: string]: unknown;
}

interface Run {
  readonly lines: Line[];
  readonly messages: string[];
  readonly code: number | null;
}

const program = fileURLToPath(new URL('program-fixture.ts', import.meta.url));

/** Runs the fixture to its end; answers messages of its log with signals. */
async function play(
  behaviour: string,
  signals: Readonly<Record<string, NodeJS.Signals>> = {},
  variables: NodeJS.ProcessEnv = {},
): Promise<Run> {
  const child = spawn(process.execPath, [program], {
    env: { PATH: process.env['PATH'], BEHAVIOUR: behaviour, ...variables },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit') as Promise<[number | null]>;
  const lines: Line[] = [];
  for await (const text of createInterface(child.stdout)) {
    const line = JSON.parse(text) as Line;
    lines.push(line);
    const signal = signals[line.msg];
    if (signal !== undefined) child.kill(signal);
  }
  const [code] = await exited;
  return { lines, messages: lines.map(({ msg }) => msg), code };
}

test.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)('%s ends a program in order, with code 0', async (signal) => {
  const { lines, messages, code } = await play('well', { ready: signal });
  expect(messages).toEqual(['starting', 'ready', 'ending', 'disposing', 'disposed', 'ended']);
  expect(lines[1]).toMatchObject({ name: 'fixture', level: 'info', address: 'somewhere:1' });
  expect(code).toBe(0);
});

test('a program that has nothing to wait for waits for its signal', async () => {
  const { messages, code } = await play('idle', { ready: 'SIGTERM' });
  expect(messages).toEqual(['starting', 'ready', 'ending', 'disposed', 'ended']);
  expect(code).toBe(0);
});

test('a program that does not end is ended 5 s after the first signal, with code 1', async () => {
  const startedAt = performance.now();
  const { messages, code } = await play('hang', { ready: 'SIGTERM', disposing: 'SIGINT' });
  const tookMs = performance.now() - startedAt;
  expect(messages).toEqual(['starting', 'ready', 'ending', 'disposing', 'not ended 5000 ms after SIGTERM']);
  expect(code).toBe(1);
  expect(tookMs).toBeGreaterThanOrEqual(5_000);
});

test('a signal while the program starts ends the start', async () => {
  const { messages, code } = await play('slow start', { starting: 'SIGTERM' });
  expect(messages).toEqual(['starting', 'ending', 'ended before it was ready']);
  expect(code).toBe(0);
});

test('an end that fails has code 1', async () => {
  const { lines, code } = await play('bad end', { ready: 'SIGTERM' });
  expect(lines.at(-1)).toMatchObject({ level: 'error', err: { message: 'could not end' } });
  expect(code).toBe(1);
});

test('all faults of the configuration are told, with code 1', async () => {
  const { lines, code } = await play('badly', {}, { PORT: 'x', LOG_LEVEL: 'loud' });
  expect(lines).toHaveLength(1);
  expect(lines[0]).toMatchObject({
    level: 'fatal',
    faults: [
      expect.stringContaining('BEHAVIOUR="badly"'),
      expect.stringContaining('PORT="x"'),
      expect.stringContaining('LOG_LEVEL="loud"'),
    ],
  });
  expect(code).toBe(1);
});

test('the level of the log is the one of LOG_LEVEL', async () => {
  const { messages } = await play('throw', {}, { LOG_LEVEL: 'fatal' });
  expect(messages).toEqual(['uncaughtException']);
});

test('a program that cannot start says why, with code 1', async () => {
  const { lines, code } = await play('no start');
  expect(lines.at(-1)).toMatchObject({ level: 'fatal', msg: 'cannot start', err: { message: 'the port is taken' } });
  expect(code).toBe(1);
});

test.each([
  ['throw', 'uncaughtException'],
  ['reject', 'unhandledRejection'],
])('an error that nobody caught ends the program with code 1: %s', async (behaviour, message) => {
  const { lines, code } = await play(behaviour);
  expect(lines.at(-1)).toMatchObject({ level: 'fatal', msg: message, err: { message: 'nobody caught this' } });
  expect(code).toBe(1);
});
