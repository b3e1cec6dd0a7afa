import { expect, test } from '@boxoffice/runtime/testing/tests';

import { createOutput, summary } from '../output.ts';

/** Shows one line without colours, and its time as in UTC. */
function shown(text: string, json = false): string {
  let all = '';
  createOutput({ json, write: (part) => (all += part) }).line('queue', text);
  // eslint-disable-next-line no-control-regex -- colours are these
  return all.replace(/\u001b\[[\d;]*m/g, '').replace(/\d\d:\d\d:(\d\d\.\d\d\d)/, 'HH:MM:$1');
}

test('a log line is shown with its program, level, message and details', () => {
  const line = {
    level: 'warn',
    time: '2026-11-20T11:22:33.444Z',
    pid: 1,
    name: 'queue',
    msg: 'slow',
    tookMs: 12,
    of: [1],
  };
  expect(shown(JSON.stringify(line))).toBe('queue     HH:MM:33.444 warn  slow tookMs=12 of=[1]\n');
});

test('a stack is shown below its message, each line with the program before it', () => {
  const line = { level: 'error', msg: 'failed', err: { stack: 'Error: why\n    at here' } };
  expect(shown(JSON.stringify(line))).toBe('queue     error failed\nqueue     Error: why\nqueue         at here\n');
});

test('what is no log line is shown as it is, without what a terminal would take for a command', () => {
  expect(shown('plain {"words"}')).toBe('queue     plain {"words"}\n');
  expect(shown('{"not a log"')).toBe('queue     {"not a log"\n');
  expect(shown(`${JSON.stringify({ msg: 'bell \u0007 and \u001b[2J' })}`)).toBe('queue     info  bell � and �[2J\n');
});

test('as JSON, log lines pass unchanged and other text is wrapped', () => {
  const line = '{"level":"info","msg":"ready"}';
  expect(shown(line, true)).toBe(`${line}\n`);
  expect(shown('plain', true)).toBe('{"name":"queue","msg":"plain"}\n');
});

test('a summary says what was wrong in one line', () => {
  const faulty = { level: 'fatal', msg: 'the configuration is faulty', faults: ['A is not set', 'B is not a URL'] };
  expect(summary(JSON.stringify(faulty))).toBe('the configuration is faulty: A is not set: B is not a URL');
  expect(summary(JSON.stringify({ msg: 'cannot start', err: { message: 'no', stack: 'no\n at x' } }))).toBe(
    'cannot start: no',
  );
  expect(summary('plain')).toBe('plain');
});
