import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect, test } from '@boxoffice/runtime/testing/tests';
import pg from 'pg';

import { keepPostgres } from '../keep-postgres.ts';
import { isAlive, until } from './until.ts';

test('a killed server is started again with the same address and the same data', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'boxoffice-keep-'));
  const notes: string[] = [];
  const output = { line: () => undefined, note: (text: string) => void notes.push(text) };
  const query = async (url: string, sql: string): Promise<unknown[]> => {
    const client = new pg.Client({ connectionString: url });
    client.on('error', () => undefined); // The server is killed while it is connected.
    try {
      await client.connect();
      return (await client.query<Record<string, unknown>>(sql)).rows;
    } finally {
      await client.end().catch(() => undefined);
    }
  };
  const postmaster = async (): Promise<number> =>
    Number.parseInt(await readFile(join(dataDir, 'cluster/postmaster.pid'), 'utf8'), 10);

  const server = await keepPostgres(dataDir, output);
  await query(server.url, 'create table kept as select 1 as one');
  const killed = await postmaster();
  process.kill(killed, 'SIGKILL');
  await until(async () => {
    const rows = await query(server.url, 'select one from kept').catch(() => []);
    return rows.length === 1;
  });
  expect(notes).toEqual(['PostgreSQL ended with SIGKILL; it is started again']);
  const second = await postmaster();
  expect(second).not.toBe(killed);

  await server[Symbol.asyncDispose]();
  expect(await isAlive(second)).toBe(false);
  await rm(dataDir, { recursive: true, force: true });
});
