import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';

import { expect, test } from '@boxoffice/runtime/testing/tests';

import { context } from '../our-image.ts';

async function run(file: string, args: readonly string[], variables: NodeJS.ProcessEnv = {}) {
  const child = spawn(process.execPath, [join(context, 'deploy/docker', file), ...args], { env: variables });
  const [out, err, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'exit') as Promise<[number | null]>,
  ]);
  return { code, out, err };
}

test('whoever names no program of the image is told which there are, with code 64', async () => {
  const [none, wrong, tooMuch] = await Promise.all(
    [[], ['constructor'], ['queue', '--verbose']].map((args) => run('entrypoint.ts', args)),
  );
  const names = 'queue, inventory, ledger, worker, bff, migrate-queue, migrate-inventory, migrate-ledger';
  expect(none).toMatchObject({ code: 64, err: `No program is named. Give one of: ${names}\n` });
  expect(wrong).toMatchObject({ code: 64, err: expect.stringContaining('There is no program "constructor".') });
  expect(tooMuch).toMatchObject({ code: 64, err: expect.stringContaining('"queue --verbose"') });
});

test('a program runs in the process of the entrypoint', async () => {
  const { code, out } = await run('entrypoint.ts', ['migrate-ledger']);
  expect(JSON.parse(out)).toMatchObject({
    name: 'migrate-ledger',
    faults: [expect.stringContaining('LEDGER_DATABASE_URL')],
  });
  expect(code).toBe(1);
});

test('the health check says what /readyz says', async () => {
  let status = 200;
  const server = createServer((req, res) => res.writeHead(req.url === '/readyz' ? status : 404).end('word'));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const variables = { OPERATIONS_PORT: String((server.address() as AddressInfo).port) };
  expect(await run('healthcheck.ts', [], variables)).toMatchObject({ code: 0, out: '200 word\n' });
  status = 503;
  expect(await run('healthcheck.ts', [], variables)).toMatchObject({ code: 1, out: '503 word\n' });
  server.close();
  await once(server, 'close');
  expect(await run('healthcheck.ts', [], variables)).toMatchObject({
    code: 1,
    out: expect.stringContaining('fetch failed'),
  });
  expect(await run('healthcheck.ts', [])).toMatchObject({ code: 1, out: expect.stringContaining('OPERATIONS_PORT') });
});
