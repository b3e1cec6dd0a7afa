import { once } from 'node:events';
import { Agent, request, type IncomingMessage } from 'node:http';
import { createServer, type AddressInfo } from 'node:net';
import { expect, test } from '@boxoffice/runtime/testing/tests';
import { Grace } from '@boxoffice/runtime/grace';
import { startHttpServer } from '../http/http-server.ts';

type Handle = Parameters<typeof startHttpServer>[0]['handle'];

const start = (handle: Handle, options: { sharedPort?: number; grace?: Grace } = {}) =>
  startHttpServer({ host: '127.0.0.1', port: 0, connectionsMax: 100, grace: new Grace(), handle, ...options });

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}

function get(address: string, agent: Agent): Promise<{ body: string; connection: string | undefined }> {
  return new Promise((resolve, reject) => {
    const answered = (answer: IncomingMessage): void => {
      let body = '';
      answer.setEncoding('utf8').on('data', (text: string) => (body += text));
      answer.on('end', () => resolve({ body, connection: answer.headers.connection }));
    };
    request(`http://${address}/`, { agent }, answered).on('error', reject).end();
  });
}

test('a server that drains answers, and ends each connection behind its answer', async () => {
  await using server = await start((_req, res) => void res.writeHead(200, ['Content-Length', '2']).end('ok'));
  const agent = new Agent({ keepAlive: true });
  expect(await get(server.address, agent)).toEqual({ body: 'ok', connection: 'keep-alive' });
  server.drain();
  expect(await get(server.address, agent)).toEqual({ body: 'ok', connection: 'close' });
  expect(await get(server.address, agent)).toEqual({ body: 'ok', connection: 'close' });
  agent.destroy();
});

test('a server that ends finishes what is under way, and cuts what takes longer than there is time', async () => {
  const under = Promise.withResolvers<() => void>();
  const quick = await start((_req, res) => under.resolve(() => res.end('done')));
  const agent = new Agent();
  const answer = get(quick.address, agent);
  const finish = await under.promise;
  const ended = quick[Symbol.asyncDispose]();
  finish();
  expect(await answer).toMatchObject({ body: 'done' });
  await ended;
  const begun = Promise.withResolvers<void>();
  const slow = await start(() => begun.resolve(), { grace: new Grace(50) });
  const cut = get(slow.address, agent).catch((error: NodeJS.ErrnoException) => error.code);
  await begun.promise;
  await slow[Symbol.asyncDispose]();
  expect(await cut).toBe('ECONNRESET');
});

test('servers share a port, and one that drains leaves it to the others before it ends', async () => {
  const sharedPort = await freePort();
  const servers = await Promise.all(['a', 'b'].map((name) => start((_req, res) => void res.end(name), { sharedPort })));
  const agent = new Agent();
  const shared = `127.0.0.1:${sharedPort}`;
  const names = new Set<string>();
  for (let asked = 0; names.size < 2 && asked < 200; asked++) names.add((await get(shared, agent)).body);
  expect([...names].sort()).toEqual(['a', 'b']);
  servers[0]?.drain();
  for (let asked = 0; asked < 20; asked++) expect((await get(shared, agent)).body).toBe('b');
  // At its own port it still answers, as probes want it to.
  expect((await get(servers[0]?.address ?? '', agent)).body).toBe('a');
  await Promise.all(servers.map((server) => server[Symbol.asyncDispose]()));
});
