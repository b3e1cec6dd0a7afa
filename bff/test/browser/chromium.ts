import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe } from '@boxoffice/runtime/testing/tests';
import { chromium, type Browser, type BrowserContext, type BrowserContextOptions, type Page } from 'playwright-core';

const places = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome', '/snap/bin/chromium'];

/** Where Chromium is; undefined when it is nowhere. */
const chromiumPath = [process.env['CHROMIUM_PATH'] ?? '', ...places].find((path) => path !== '' && existsSync(path));

const flags = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-dev-shm-usage',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
];

/** Where tests leave what they saw: pictures and figures. Not in the repository. */
export const outputFolder = join(import.meta.dirname, '..', '..', '..', '.boxoffice-test');

const waitMaxMs = 10_000;

/** Describes what needs a browser; skipped, by a name that says why, on a machine without Chromium. */
export function describeWithBrowser(name: string, tests: () => void): void {
  if (chromiumPath !== undefined) describe(name, tests);
  else describe.skip(`${name} (SKIPPED: there is no Chromium; CHROMIUM_PATH says where to look)`, tests);
}

/** A browser for a whole test file; people in it share nothing. */
export class TestBrowser implements AsyncDisposable {
  readonly #browser: Browser;
  readonly #baseURL: string;
  readonly #contexts: BrowserContext[] = [];
  /** What went wrong in the pages: each test file looks that there is nothing. */
  readonly faults: string[] = [];

  private constructor(browser: Browser, baseURL: string) {
    this.#browser = browser;
    this.#baseURL = baseURL;
  }

  static async start(baseURL: string): Promise<TestBrowser> {
    const browser = await chromium.launch({ executablePath: chromiumPath ?? '', args: flags });
    return new TestBrowser(browser, baseURL);
  }

  /** A person at a browser of their own; nothing is kept of it from before. */
  async person(options: BrowserContextOptions = {}): Promise<Page> {
    const context = await this.#browser.newContext({
      baseURL: this.#baseURL,
      locale: 'en-GB',
      viewport: { width: 1280, height: 800 },
      reducedMotion: 'reduce',
      ...options,
    });
    this.#contexts.push(context);
    context.setDefaultTimeout(waitMaxMs);
    const page = await context.newPage();
    page.on('pageerror', (error) => this.faults.push(String(error.stack)));
    page.on('console', (message) => {
      // Also what the Content-Security-Policy forbids. Refusals of calls are part of the tests.
      if (message.type() === 'error' && !message.text().startsWith('Failed to load resource')) {
        this.faults.push(message.text());
      }
    });
    return page;
  }

  /** Closes all people's browsers: between tests. */
  async goHome(): Promise<void> {
    await Promise.all(this.#contexts.splice(0).map((context) => context.close()));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#browser.close();
  }
}

/** The file for a picture of a test. */
export async function pictureFile(name: string): Promise<string> {
  const folder = join(outputFolder, 'screenshots');
  await mkdir(folder, { recursive: true });
  return join(folder, `${name}.png`);
}
