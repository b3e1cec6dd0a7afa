import { once } from 'node:events';
import { cp, mkdtemp, appendFile, rm } from 'node:fs/promises';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from '@boxoffice/runtime/testing/tests';
import { loadPageFiles, pageFiles, webFolder, type PageFiles } from '../../pages/page-files.ts';
import { assetHeaders, pageHeaders, unversionedHeaders } from '../../pages/page-headers.ts';
import { describeWithBrowser, TestBrowser } from './chromium.ts';

/** Sends what a BFF with these files would; everything else is away. */
async function send(
  { pages, assets, unversioned }: PageFiles,
  ...[req, res]: Parameters<RequestListener>
): Promise<boolean> {
  const path = req.url ?? '';
  const file = pages.get(path) ?? assets.get(path) ?? unversioned.get(path);
  if (file === undefined) {
    res.writeHead(404, { 'Cache-Control': 'no-store' }).end();
    return false;
  }
  const headers = pages.has(path) ? pageHeaders : assets.has(path) ? assetHeaders : unversionedHeaders;
  res.writeHead(200, { ...headers, 'Content-Type': file.type }).end(await file.bytes('identity'));
  return true;
}

const isWhole = `document.readyState === 'complete' && document.querySelector('[data-skeleton]') === null &&
  [...document.querySelectorAll('link[rel=stylesheet]')].every(({ sheet }) => sheet !== null)`;

/** Waits until the page's script has run and its styles are there; the page may be loaded again meanwhile. */
async function comesWhole(page: Page): Promise<void> {
  const endMs = performance.now() + 20_000;
  while (!(await page.evaluate(isWhole).catch(() => false))) {
    if (performance.now() > endMs) throw new Error('the page does not come whole');
    await delay(50);
  }
}

describeWithBrowser('while one version of the BFF takes the place of another', () => {
  let folder: string;
  let other: PageFiles;
  let browser: TestBrowser;
  let missing = 0;
  const server = createServer((req, res) => {
    // Each request goes to either of two servers, as a load balancer sends it.
    void (async () => {
      const files = Math.random() < 0.5 ? other : await pageFiles();
      if (!(await send(files, req, res)) && req.url?.startsWith('/assets/')) missing += 1;
    })();
  });

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'boxoffice-web-'));
    await cp(webFolder, folder, { recursive: true });
    await appendFile(join(folder, 'style.css'), '\n/* of another version */\n');
    other = await loadPageFiles(folder);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    browser = await TestBrowser.start(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  });
  afterAll(async () => {
    await browser[Symbol.asyncDispose]();
    server.closeAllConnections();
    server.close();
    await rm(folder, { recursive: true, force: true });
  });

  test('a page whose files half of the servers lack comes whole, by itself', async () => {
    const page = await browser.person();
    await page.goto('/');
    await comesWhole(page);
    expect(missing).toBeGreaterThan(0);
    await page.reload();
    await comesWhole(page);
  });
});
