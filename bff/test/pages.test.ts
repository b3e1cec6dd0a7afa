import { afterAll, beforeAll, describe, expect, test } from '@boxoffice/runtime/testing/tests';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { fromJavaScript, fromTypeScript } from '../pages/browser-module.ts';
import { pageFiles } from '../pages/page-files.ts';
import { startSystem, type System } from './system.ts';

let system: System;
beforeAll(async () => {
  system = await startSystem();
});
afterAll(() => system[Symbol.asyncDispose]());

const asBrowser = { accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8' };
const get = (path: string, headers: Record<string, string> = {}) => system.web.get(path, { headers });

describe('the bare address', () => {
  test('is the page for a browser, and the list of calls for a program', async () => {
    const page = await get('/', asBrowser);
    expect(page.status).toBe(200);
    expect(page.headers['content-type']).toBe('text/html; charset=utf-8');
    expect(page.text).toMatch(/^<!doctype html>/);
    for (const accept of ['*/*', 'application/json', 'application/json, text/html']) {
      expect((await get('/', { accept })).headers['content-type']).toContain('application/json');
    }
    expect(page.headers.vary).toContain('Accept');
    expect((await get('/')).headers.vary).toContain('Accept');
  });

  test('is asked for again each time, and not sent again', async () => {
    const { headers } = await get('/', asBrowser);
    expect(headers['cache-control']).toBe('no-cache');
    const again = await get('/', { ...asBrowser, 'if-none-match': String(headers.etag) });
    expect([again.status, again.text]).toEqual([304, '']);
  });

  test('loads from here alone, and runs nothing that stands in the HTML', async () => {
    const { headers, text } = await get('/', asBrowser);
    expect(headers['content-security-policy']).toBe(
      "default-src 'none';script-src 'self';style-src 'self';img-src 'self' data:;connect-src 'self';" +
        "base-uri 'none';form-action 'none';frame-ancestors 'none'",
    );
    expect(headers['referrer-policy']).toBe('no-referrer');
    expect(text).not.toMatch(/https?:|<style|style=|\son\w+=/);
    expect([...text.matchAll(/<script[^>]*>/g)].every(([tag]) => tag.includes('src="/assets/'))).toBe(true);
  });
});

describe('assets', () => {
  const mend = '/assets/mend.js';
  const links = async (): Promise<string[]> => {
    const { text } = await get('/', asBrowser);
    return [...new Set([...text.matchAll(/(?:href|src)="(\/assets\/[^"]+)"/g)].map(([, link]) => String(link)))];
  };

  test('are kept forever, and have their types', async () => {
    const types = { js: 'text/javascript; charset=utf-8', css: 'text/css; charset=utf-8', svg: 'image/svg+xml' };
    const all = await links();
    expect(all.length).toBeGreaterThan(30);
    for (const link of all.filter((path) => path !== mend)) {
      const { status, headers } = await get(link);
      expect([link, status]).toEqual([link, 200]);
      expect(headers['cache-control']).toBe('public, max-age=31536000, immutable');
      expect(headers['content-type']).toBe(types[link.split('.').at(-1) as keyof typeof types]);
    }
  });

  test('have an address with a version, but for the one that looks after the others', async () => {
    expect((await links()).filter((link) => !/^\/assets\/[0-9a-f]{16}\//.test(link))).toEqual([mend]);
    const { status, headers, text } = await get(mend);
    expect([status, headers['cache-control']]).toEqual([200, 'no-cache']);
    // It has to run where nothing else is there.
    expect(text).not.toMatch(/^import /m);
    expect((await get(mend, { 'if-none-match': String(headers.etag) })).status).toBe(304);
  });

  test('are under 100 KB together, compressed', async () => {
    const { assets, pages } = await pageFiles();
    const buyers = await Promise.all(
      (await links()).map(async (link) => (await assets.get(link)?.bytes('br'))?.length),
    );
    const page = (await pages.get('/')?.bytes('br'))?.length ?? 0;
    const total = buyers.reduce<number>((sum, size) => sum + (size ?? 0), page);
    process.stdout.write(`the buyer's page is ${Math.round(total / 1_024)} KB in ${buyers.length} files\n`);
    expect(total).toBeLessThan(100 * 1_024);
  });

  test('come compressed as the client likes it', async () => {
    const [link = ''] = (await links()).filter((path) => path.endsWith('style.css'));
    const { assets } = await pageFiles();
    const file = assets.get(link);
    const plain = await file?.bytes('identity');
    expect(brotliDecompressSync((await file?.bytes('br')) ?? '')).toEqual(plain);
    expect(gunzipSync((await file?.bytes('gzip')) ?? '')).toEqual(plain);
    for (const [accepted, sent] of [
      ['gzip, deflate, br', 'br'],
      ['gzip', 'gzip'],
      ['br;q=0', undefined],
    ] as const) {
      expect((await get(link, { 'accept-encoding': accepted })).headers['content-encoding']).toBe(sent);
    }
  });

  test.each([
    '/assets/',
    '/assets/0000000000000000/style.css',
    '/assets/../package.json',
    '/assets/%2e%2e/%2e%2e/package.json',
    '/assets/..%2f..%2fpackage.json',
    '/assets/x/....//....//etc/passwd',
    '/assets/%00',
  ])('are nothing else: %s', async (path) => {
    const answer = await get(path);
    expect([400, 404]).toContain(answer.status);
    expect(answer.body.reason).toBeDefined();
  });
});

describe('a browser module', () => {
  test('has no types, and imports what is served', () => {
    const source =
      "import { h, type VNode } from 'preact';\nexport * from '../a/b.ts';\nexport const x: VNode = h('p');";
    const { code, imports } = fromTypeScript('buyer/x.js', source);
    expect(imports).toEqual(['vendor/preact.js', 'a/b.js']);
    expect(code).toMatch(/from '\.\.\/vendor\/preact\.js'/);
    expect(code).toMatch(/export const x\s+= h\('p'\);/);
  });

  test('cannot import what is not served', () => {
    expect(() => fromJavaScript('x.js', "import 'left-pad';")).toThrow('x.js imports left-pad');
  });
});

test('the session of an open system leaves it to the page who it is', async () => {
  expect((await get('/v1/session')).body).toEqual({ authMode: 'open' });
});
