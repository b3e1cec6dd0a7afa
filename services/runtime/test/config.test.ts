import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';

import { afterAll, beforeAll, expect, test } from '@boxoffice/runtime/testing/tests';

import { ConfigError, env, readConfig, type Environment, type Spec } from '../config.ts';

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'config-test-'));
  writeFileSync(join(folder, 'key.pem'), 'the private key\n');
});

afterAll(() => rmSync(folder, { recursive: true }));

const spec = {
  databaseUrl: env.url('QUEUE_DATABASE_URL', { or: 'DATABASE_URL' }),
  port: env.port('QUEUE_PORT', { default: 50_051 }),
  tickMs: env.integer('TICK_INTERVAL_MS', { default: 100, min: 10, max: 60_000 }),
  mode: env.oneOf('AUTH_MODE', ['jwt', 'open'], { default: 'jwt' }),
  signingKey: env.file('TICKET_SIGNING_KEY_FILE', { optional: true }),
  algorithms: env.list('OIDC_ALGORITHMS', { default: ['RS256'] }),
  serviceKey: env.secret('SERVICE_KEY'),
  host: env.string('HOST', { default: '127.0.0.1' }),
  tracing: env.boolean('TRACING', { default: false }),
};

const minimal = { DATABASE_URL: 'postgres://me:hush@db/app', SERVICE_KEY: 'bo_hush' };

function faultsOf(of: Spec, environment: Environment): readonly string[] {
  try {
    readConfig(of, environment);
  } catch (error) {
    if (error instanceof ConfigError) return error.faults;
    throw error;
  }
  return [];
}

test('what is not set is the default, the other name, or undefined', () => {
  expect({ ...readConfig(spec, { ...minimal, QUEUE_PORT: '' }) }).toEqual({
    databaseUrl: 'postgres://me:hush@db/app',
    port: 50_051,
    tickMs: 100,
    mode: 'jwt',
    signingKey: undefined,
    algorithms: ['RS256'],
    serviceKey: 'bo_hush',
    host: '127.0.0.1',
    tracing: false,
  });
});

test('what is set is read as its kind', () => {
  const config = readConfig(spec, {
    ...minimal,
    QUEUE_DATABASE_URL: 'postgres://db/queue',
    QUEUE_PORT: '0',
    TICK_INTERVAL_MS: '60000',
    AUTH_MODE: 'open',
    TICKET_SIGNING_KEY_FILE: join(folder, 'key.pem'),
    OIDC_ALGORITHMS: 'ES256, EdDSA,',
    HOST: '0.0.0.0',
    TRACING: '1',
  });
  // The types are inferred: these assignments are the test.
  const port: number = config.port;
  const mode: 'jwt' | 'open' = config.mode;
  const signingKey: string | undefined = config.signingKey;
  expect({ port, mode, signingKey }).toEqual({ port: 0, mode: 'open', signingKey: 'the private key\n' });
  expect(config).toMatchObject({ databaseUrl: 'postgres://db/queue', tickMs: 60_000, host: '0.0.0.0', tracing: true });
  expect(config.algorithms).toEqual(['ES256', 'EdDSA']);
});

test('all faults are told at once', () => {
  const faults = faultsOf(spec, {
    QUEUE_DATABASE_URL: 'no url: hush',
    QUEUE_PORT: '65536',
    TICK_INTERVAL_MS: '9',
    AUTH_MODE: 'none',
    TICKET_SIGNING_KEY_FILE: join(folder, 'missing.pem'),
    TRACING: 'yes',
    LOG_LEVEL: 'loud',
  });
  expect(faults).toEqual([
    'QUEUE_DATABASE_URL is not a URL',
    'QUEUE_PORT="65536" is not an integer from 0 to 65535',
    'TICK_INTERVAL_MS="9" is not an integer from 10 to 60000',
    'AUTH_MODE="none" is not one of jwt, open',
    `TICKET_SIGNING_KEY_FILE names a file that cannot be read (ENOENT): ${join(folder, 'missing.pem')}`,
    'SERVICE_KEY is not set',
    'TRACING="yes" is not true or false',
    'LOG_LEVEL="loud" is not one of trace, debug, info, warn, error, fatal, silent',
  ]);
});

test('what may come from two variables names both, and a fault names the one that was read', () => {
  expect(faultsOf(spec, { SERVICE_KEY: 'x' })).toEqual(['QUEUE_DATABASE_URL (or DATABASE_URL) is not set']);
  expect(faultsOf(spec, { SERVICE_KEY: 'x', DATABASE_URL: 'nowhere' })).toEqual(['DATABASE_URL is not a URL']);
});

test('a number is a number', () => {
  const number = { value: env.integer('VALUE') };
  for (const text of ['1.5', '1e3', ' 1', '0x10', 'NaN', '', '9007199254740993', '-', '١']) {
    expect([text, faultsOf(number, { VALUE: text }).length]).toEqual([text, 1]);
  }
  expect(readConfig(number, { VALUE: '-7' }).value).toBe(-7);
});

test('a target is a host, numeric addresses, or what has a scheme', () => {
  const target = { queue: env.target('QUEUE_ADDRESS', { default: 'localhost:50051' }) };
  const read = (text: string): string => readConfig(target, { QUEUE_ADDRESS: text }).queue;
  expect(readConfig(target, {}).queue).toBe('localhost:50051');
  for (const text of [
    'queue:50051',
    '10.0.0.1:1',
    '[::1]:50051',
    'dns:///headless:50051',
    'ipv4:10.0.0.1:1',
    'unix:/s',
  ]) {
    expect(read(text)).toBe(text);
  }
  expect(read('10.0.0.1:50051, 10.0.0.2:50051')).toBe('ipv4:10.0.0.1:50051,10.0.0.2:50051');
  expect(read('[fd00::1]:1,[fd00::2]:2')).toBe('ipv6:[fd00::1]:1,[fd00::2]:2');
  for (const text of ['queue', 'queue:0', 'queue:70000', 'http://queue:1', 'a:1,', '[queue]:1', '::1:50051']) {
    expect(faultsOf(target, { QUEUE_ADDRESS: text }).join()).toContain('is not host:port');
  }
  for (const text of ['a:1,b:2', '10.0.0.1:1,b:2', '10.0.0.1:1,[::1]:2']) {
    expect(faultsOf(target, { QUEUE_ADDRESS: text }).join()).toContain('numeric addresses of one kind');
  }
});

test('a delay before the end that takes all the time to end is a fault', () => {
  const times = { ...minimal, SHUTDOWN_DELAY_MS: '5000', SHUTDOWN_TIMEOUT_MS: '5000' };
  expect(faultsOf(spec, times)).toEqual(['SHUTDOWN_DELAY_MS=5000 leaves no time to end in SHUTDOWN_TIMEOUT_MS=5000']);
  expect(faultsOf(spec, { ...times, SHUTDOWN_TIMEOUT_MS: '25000' })).toEqual([]);
});

test('what several variables say together is checked when each is right', () => {
  const check = ({ mode, host }: { mode: string; host: string }): string[] =>
    mode === 'open' && host !== '127.0.0.1' ? ['AUTH_MODE=open is for this machine only'] : [];
  const read = (environment: Environment) => (): unknown => readConfig(spec, environment, check);
  expect(read({ ...minimal, AUTH_MODE: 'open', HOST: '0.0.0.0' })).toThrow('for this machine only');
  expect(read({ ...minimal, AUTH_MODE: 'open' })).not.toThrow();
  expect(read({ ...minimal, AUTH_MODE: 'open', HOST: '0.0.0.0', QUEUE_PORT: 'x' })).not.toThrow(
    'for this machine only',
  );
});

test('secrets are in the config, and neither in its print nor in a fault', () => {
  const config = readConfig(spec, { ...minimal, TICKET_SIGNING_KEY_FILE: join(folder, 'key.pem') });
  expect(config.serviceKey).toBe('bo_hush');
  for (const print of [JSON.stringify(config), inspect(config), inspect({ nested: { config } })]) {
    expect(print).toContain('[secret]');
    expect(print).toContain('50051');
    expect(print).not.toMatch(/hush|private key/);
  }
  const faults = faultsOf(spec, { DATABASE_URL: 'hush', SERVICE_KEY: '', QUEUE_PORT: 'x' });
  expect(faults).toHaveLength(3);
  expect(faults.join()).not.toContain('hush');
});
