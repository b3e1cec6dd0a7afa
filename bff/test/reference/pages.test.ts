import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import Router from '@koa/router';
import Koa from 'koa';
import { afterAll, beforeAll, describe, expect, test } from '@boxoffice/runtime/testing/tests';
import { services } from '@boxoffice/proto/contract';
import { reasons } from '@boxoffice/proto/reasons';
import type { Routes, State } from '../../request/context.ts';
import { pages } from '../../reference/pages.ts';
import { referenceRoutes } from '../../reference/routes.ts';
import { Web } from '../web.ts';

let web: Web;
beforeAll(async () => {
  const routes: Routes = new Router<State>();
  referenceRoutes(routes, 'open');
  const koa = new Koa<State>();
  // As the rules of other origins do.
  koa.use(async (ctx, next) => {
    ctx.vary('Origin');
    await next();
  });
  koa.use(routes.routes());
  const callback = koa.callback();
  const server = createServer((req, res) => void callback(req, res));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  web = new Web({ address: `127.0.0.1:${port}`, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() }, '');
});
afterAll(() => web[Symbol.asyncDispose]());

const linked = /(?:href|src)="([^"]+)"/g;

async function linksOf(path: string): Promise<{ html: string; links: string[] }> {
  const { text: html } = await web.get(path);
  return { html, links: [...html.matchAll(linked)].map(([, link = '']) => link) };
}

describe.each(['/docs', '/docs/grpc'])('the page %s', (path) => {
  test('loads and runs what this server has, and nothing else', async () => {
    const { html, links } = await linksOf(path);
    const addresses = links.filter((link) => !link.startsWith('#'));
    expect(addresses.filter((link) => !link.startsWith('/'))).toEqual([]);
    const found = await Promise.all(addresses.map(async (link) => [link, (await web.get(link)).status]));
    expect(found.filter(([, status]) => status !== 200)).toEqual([]);
    expect(html).not.toMatch(/<script(?![^>]* src=)/);
    expect(html).not.toMatch(/ on\w+="/);
    const policy = (await web.get(path)).headers['content-security-policy'];
    expect(policy).toContain("default-src 'none'; script-src 'self';");
    expect(policy).toContain("frame-ancestors 'none'");
  });
});

test.each(['/openapi.json', ...Object.keys(pages)])('%s is sent compressed, and not again unchanged', async (path) => {
  for (const encoding of ['gzip', 'identity']) {
    const headers = { 'accept-encoding': encoding };
    const first = await web.get(path, { headers });
    expect([first.status, first.headers['content-encoding']]).toEqual([200, encoding === 'gzip' ? 'gzip' : undefined]);
    expect(first.headers['cache-control']).toMatch(/^public, max-age=\d+$/);
    expect(first.headers.vary).toBe('Origin, Accept-Encoding');
    expect(Number(first.headers['content-length'])).toBeGreaterThan(100);
    const again = await web.get(path, { headers: { ...headers, 'if-none-match': String(first.headers.etag) } });
    expect([again.status, again.text]).toEqual([304, '']);
  }
});

describe('the reference of the services', () => {
  let html: string;
  let ids: Set<string>;
  beforeAll(async () => {
    ({ html } = await linksOf('/docs/grpc'));
    ids = new Set([...html.matchAll(/ id="([^"]+)"/g)].map(([, id = '']) => id));
  });

  test('has every service, RPC, request, answer, field and reason, each with an anchor', () => {
    const expected = services.flatMap(({ typeName, methods }) => [
      typeName,
      ...methods.flatMap(({ name, input, output }) => [
        `${typeName}.${name}`,
        ...[input, output].flatMap((message) => [
          message.typeName,
          ...message.fields.map((field) => `${message.typeName}.${field.name}`),
        ]),
      ]),
    ]);
    const named = [...expected, ...Object.keys(reasons).map((reason) => `reason-${reason}`)];
    expect(named.filter((id) => !ids.has(id))).toEqual([]);
  });

  test('has no anchor twice, and no link that leads nowhere', () => {
    const all = [...html.matchAll(/ id="([^"]+)"/g)];
    expect(all.length).toBe(ids.size);
    const links = [...html.matchAll(/href="#([^"]+)"/g)].map(([, id = '']) => id);
    expect(links.length).toBeGreaterThan(200);
    expect(links.filter((id) => !ids.has(id))).toEqual([]);
  });

  test('says who may call, what is refused, and the rules of fields', () => {
    const [, section = ''] =
      /id="boxoffice\.inventory\.v1\.InventoryService\.HoldSeats">(.*?)<section class="rpc">/s.exec(html) ?? [];
    expect(section).toContain('<code>partner:inventory</code>');
    expect(section).toContain('<a href="#reason-SEAT_TAKEN"><code>SEAT_TAKEN</code></a>');
    expect(section).toContain('<a href="#reason-TICKET_WAITING">');
    expect(section).toContain('at most 10 elements; no element twice; each &gt; 0');
    expect(section).toContain('0 to 10');
    expect(html).toContain('<code>repeated <a href="#boxoffice.inventory.v1.Seat">Seat</a></code>');
  });
});
