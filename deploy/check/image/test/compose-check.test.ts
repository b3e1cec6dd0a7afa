import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, expect, test } from '@boxoffice/runtime/testing/tests';

import { makeKeys } from '../../../docker/keys.ts';
import { checkCompose, type ComposeFacts } from '../compose-check.ts';
import { readCompose } from '../compose.ts';
import { context, readSource } from '../our-image.ts';

let folder: string;
let facts: ComposeFacts;
let ours: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'boxoffice-compose-test-'));
  await makeKeys(join(folder, 'keys'));
  const imageEnvironment = { NODE_ENV: 'production', OPERATIONS_PORT: '9464' };
  facts = { folder: join(context, 'deploy/docker'), keysFolder: join(folder, 'keys'), imageEnvironment };
  ours = await readSource('deploy/docker/compose.yaml');
});

afterAll(() => rm(folder, { recursive: true }));

function findingsOf(text: string): string[] {
  return checkCompose(readCompose(text), facts).map(({ where, what }) => `${where}: ${what}`);
}

test('each program takes the environment that compose.yaml gives it', () => {
  const ofPrograms = findingsOf(ours).filter((finding) => !/ (?:prometheus|grafana): /.test(finding));
  expect(ofPrograms).toEqual([]);
});

test.each([
  ['an image without a version', 'postgres:18.4-trixie', 'postgres', 'another image tomorrow'],
  ['an image that moves', 'redis:8.8.3-trixie', 'redis:latest', 'another image tomorrow'],
  ['a variable that nobody knows', 'QUEUE_ADDRESS: queue', 'QUEUE_ADRESS: queue', 'knows no variable QUEUE_ADRESS'],
  ['a variable that is missing', 'env_file: keys/bff.env', 'env_file: []', 'SERVICE_KEY is not set'],
  ['a value that is refused', 'MIGRATIONS: await', 'MIGRATIONS: never', 'MIGRATIONS="never"'],
  ['everybody believed in production', 'NODE_ENV: development', 'NODE_ENV: production', 'AUTH_MODE=open'],
  ['a program that the image has not', "command: ['worker']", "command: ['admit']", 'no program admit'],
  ['a key that nobody makes', './keys/ticket-signing-key.pem', './keys/signing.pem', 'there is no ./keys/signing.pem'],
  ['a port for everybody', '127.0.0.1:8080:8080', '8080:8080', 'every network'],
  [
    'a service that is not there',
    'migrate-ledger:\n        cond',
    'migrate-books:\n        cond',
    'which is not there',
  ],
  ['a health that is not checked', /healthcheck:\n {6}test: .*pg_isready.*\n/, 'x-none:\n', 'the health of postgres'],
  ['a file system that can be written to', 'read_only: true', 'read_only: false', 'could write'],
])('the check of compose.yaml finds %s', (_name, before, after, finding) => {
  expect(ours).toMatch(before);
  expect(findingsOf(ours.replace(before, after))).toContainEqual(expect.stringContaining(finding));
});
