import { existsSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core';

const executablePath = process.env['CHROMIUM_PATH'] ?? '/usr/bin/chromium';
const args = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
];

/** Whether there is a browser to test with. */
export const hasBrowser = existsSync(executablePath);

/** Where pictures of what was seen are kept, for people to look at. */
const picturesFolder = join(process.env['SCREENSHOTS'] ?? join(tmpdir(), 'boxoffice-screenshots'));
const rules = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
const patienceMs = 10_000;

/** A page in a browser, and what it complained about. */
export class OperatorBrowser implements AsyncDisposable {
  readonly page: Page;
  /** Faults of scripts, of the content security policy, and answers that are errors. */
  readonly complaints: string[] = [];
  readonly #browser: Browser;
  readonly #axe: string;

  private constructor(browser: Browser, page: Page, axe: string) {
    this.#browser = browser;
    this.page = page;
    this.#axe = axe;
    page.on('pageerror', (error) => this.complaints.push(error.message));
    page.on('console', (message) => {
      if (message.type() === 'error') this.complaints.push(message.text());
    });
  }

  static async open(options: Parameters<Browser['newContext']>[0]): Promise<OperatorBrowser> {
    const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
    await mkdir(picturesFolder, { recursive: true });
    const browser = await chromium.launch({ executablePath, args });
    const context: BrowserContext = await browser.newContext(options);
    context.setDefaultTimeout(patienceMs);
    return new OperatorBrowser(browser, await context.newPage(), axe);
  }

  /** What of the page is not for everybody, as axe finds it. */
  async barriers(): Promise<string[]> {
    await this.page.evaluate(this.#axe);
    const run = `axe.run(document, { resultTypes: ['violations'], runOnly: ${JSON.stringify(rules)} })`;
    const { violations } = await this.page.evaluate<{ violations: { id: string; nodes: { html: string }[] }[] }>(run);
    return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
  }

  /** How many pixels of the page are beside the window. */
  overflow(): Promise<number> {
    return this.page.evaluate<number>('document.documentElement.scrollWidth - innerWidth');
  }

  async picture(name: string): Promise<void> {
    await this.page.screenshot({ path: join(picturesFolder, `${name}.png`), fullPage: true });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#browser.close();
  }
}
