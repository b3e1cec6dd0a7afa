import { once } from 'node:events';
import { createServer, type AddressInfo, type Server } from 'node:net';

import { afterEach, beforeEach, expect, test } from '@boxoffice/runtime/testing/tests';

import { findPorts } from '../ports.ts';

let taken: Server;
let port: number;

beforeEach(async () => {
  taken = createServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  port = (taken.address() as AddressInfo).port;
});

afterEach(async () => {
  await new Promise((resolve) => taken.close(resolve));
});

test('zeros become free ports, all different', async () => {
  const ports = await findPorts(
    '127.0.0.1',
    Array<{ variable: string; port: number }>(20).fill({ variable: 'A', port: 0 }),
  );
  expect(new Set(ports).size).toBe(20);
  expect(ports).not.toContain(0);
});

test('all ports that are taken are named at once, with their variables', async () => {
  await expect(
    findPorts('127.0.0.1', [
      { variable: 'PORT', port },
      { variable: 'QUEUE_PORT', port: 0 },
      { variable: 'LEDGER_PORT', port },
    ]),
  ).rejects.toThrow(
    `Port ${port} is taken. PORT chooses another one (0: a free one).\n` +
      `Port ${port} is taken. LEDGER_PORT chooses another one (0: a free one).`,
  );
});

test('a port that two variables name is taken for the second', async () => {
  const [free = 0] = await findPorts('127.0.0.1', [{ variable: 'A', port: 0 }]);
  await expect(
    findPorts('127.0.0.1', [
      { variable: 'PORT', port: free },
      { variable: 'QUEUE_PORT', port: free },
    ]),
  ).rejects.toThrow(`Port ${free} is taken. QUEUE_PORT`);
});
