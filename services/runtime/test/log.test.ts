import { expect, test } from '@boxoffice/runtime/testing/tests';

import { createLogger, type Logger } from '../log.ts';

const key = 'bo_3f8aKd02-_sQpL1z';
const jwt = 'eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl-_';

function record(write: (log: Logger) => void): string {
  const lines: string[] = [];
  write(createLogger('queue', 'trace', { write: (line) => void lines.push(line) }));
  return lines.join('');
}

test('a line is JSON with a name, a level as a word and a time', () => {
  const line: unknown = JSON.parse(record((log) => log.info({ seats: 2 }, 'held')));
  expect(line).toMatchObject({ name: 'queue', level: 'info', msg: 'held', seats: 2 });
  expect(line).toHaveProperty('time', expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/));
});

test('the level is kept', () => {
  const lines: string[] = [];
  const log = createLogger('queue', 'warn', { write: (line) => void lines.push(line) });
  log.info('no');
  log.warn('yes');
  expect(lines).toHaveLength(1);
});

test('credentials are removed by the name of their property', () => {
  const secrets = { authorization: 'hush', cookie: 'hush', 'queue-token': 'hush', token: 'hush', password: 'hush' };
  const lines = record((log) => {
    log.info(secrets);
    log.info({ headers: secrets });
    log.info({ request: { headers: secrets } });
    log.child(secrets).info('from a child');
    log.info({ a: { b: { c: { Authorization: ['hush', 'hu"sh', 'hush'], seats: ['5'] } } } });
    log.info({ token: 'say "hush\\"', seat: 5 });
  });
  expect(lines.match(/\[secret\]/g)).toHaveLength(22);
  expect(lines).toContain('"Authorization":"[secret]","seats":["5"]');
  expect(lines).toContain('"token":"[secret]","seat":5');
  expect(lines).not.toContain('hush');
});

test('credentials are removed by their shape, wherever they are', () => {
  const shown = [
    `the key ${key} is unknown`,
    `bearer 3f8aKd02.sQpL1z~x+y/z==`,
    `token ${jwt} has run out`,
    'cannot connect to postgres://queue:hush@db:5432/app',
    '-----BEGIN PRIVATE KEY-----\nhush\n-----END PRIVATE KEY-----\n',
  ];
  const lines = record((log) => {
    for (const text of shown) {
      log.info(text);
      log.info({ note: { deep: { deeper: [text] } } });
      log.error({ err: new Error(text, { cause: new Error(text) }) });
    }
  });
  expect(lines).not.toMatch(/3f8aKd02|eyJzdWIi|hush/);
  expect(lines).toContain('postgres://queue:[secret]@db:5432/app');
  for (const line of lines.trim().split('\n')) expect(() => void JSON.parse(line)).not.toThrow();
});

test('what is no credential stays', () => {
  const text = 'bearer of news at http://localhost:8080/a:b@c, seat bo_1, eyJ';
  expect(JSON.parse(record((log) => log.info(text)))).toMatchObject({ msg: text });
});
