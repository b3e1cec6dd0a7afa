import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { fromJson, type JsonValue } from '@bufbuild/protobuf';
import { afterAll, beforeAll, expect, test } from '@boxoffice/runtime/testing/tests';
import { access } from '@boxoffice/proto/access';
import { services } from '@boxoffice/proto/contract';
import { validateRequest } from '@boxoffice/runtime/validation';
import { startSystem, type System } from '../system.ts';

const run = promisify(execFile);
const root = join(import.meta.dirname, '../../..');
const guide = readFileSync(join(root, 'proto/PARTNERS.md'), 'utf8');

let system: System;
beforeAll(async () => {
  system = await startSystem();
});
afterAll(() => system[Symbol.asyncDispose]());

/** The blocks of the guide in a language, one after the other. */
function blocks(language: string): string {
  return [...guide.matchAll(/^```(\w+)\n(.*?)^```$/gms)]
    .filter(([, name]) => name === language)
    .map(([, , text]) => text)
    .join('\n');
}

test('the program of the guide prints what the guide says', async () => {
  const { keys, web } = system;
  const reach = (name: 'queue' | 'inventory' | 'ledger' | 'worker') => system.addressOf(name).replace(/^ipv4:/, '');
  const scheduleId = await web.newSchedule();
  const { stdout } = await run(process.execPath, ['--input-type=module-typescript', '--eval', blocks('ts')], {
    cwd: join(root, 'bff'),
    timeout: 20_000,
    env: {
      PATH: process.env['PATH'],
      BOXOFFICE_KEY: keys.acme,
      SCHEDULE_ID: String(scheduleId),
      MEMBER_ID: '7',
      QUEUE: reach('queue'),
      INVENTORY: reach('inventory'),
      LEDGER: reach('ledger'),
      WORKER: reach('worker'),
    },
  });
  expect(stdout).toBe(blocks('text'));
});

test('the lines of the guide call what there is, with requests that hold, as a partner may', () => {
  const lines = blocks('sh')
    .replaceAll('\\\n', ' ')
    .split('\n')
    .filter((line) => line.startsWith('grpcurl'));
  expect(lines.length).toBeGreaterThan(8);
  for (const line of lines) {
    const [, quoted = ''] = / -d ('[^']*'|"(?:[^"\\]|\\.)*") /.exec(line) ?? [];
    const [, port, service, name] = / localhost:(\d+) ([\w.]+)\/(\w+)$/.exec(line) ?? [];
    const rpc = services.find(({ typeName }) => typeName === service)?.methods.find((method) => method.name === name);
    const ports: Record<string, string> = { queue: '50051', inventory: '50052', ledger: '50053' };
    const [, part = ''] = service?.split('.') ?? [];
    expect([line, port]).toEqual([line, service?.endsWith('PositionService') ? '50054' : ports[part]]);
    expect([line, access[`${service}/${name}`]]).toEqual([line, expect.arrayContaining([`partner:${part}`])]);
    if (rpc !== undefined) {
      validateRequest(rpc.input, fromJson(rpc.input, JSON.parse(said(quoted)) as JsonValue));
    }
  }
});

/** What the shell makes of it, where every variable is 1. */
function said(quoted: string): string {
  const text = quoted.slice(1, -1);
  return quoted.startsWith("'") ? text : text.replaceAll('\\"', '"').replaceAll(/\$\w+/g, '1');
}
