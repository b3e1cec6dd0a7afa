import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { Page } from 'playwright-core';
import type { TestBrowser } from './chromium.ts';

const axePath = createRequire(import.meta.url).resolve('axe-core/axe.min.js');

/** A finding of axe, as far as tests tell of it. */
interface Finding {
  readonly id: string;
  readonly impact: string | null;
  readonly nodes: readonly { readonly html: string }[];
}

/** Has a person be a member, as if they had said so before; opens a place of the page. */
export async function beMember(page: Page, memberId: string, hash = ''): Promise<void> {
  // Pages of the browser itself, as for a lost network, have no storage.
  await page.addInitScript(`try { localStorage.setItem('boxoffice.member', ${JSON.stringify(memberId)}) } catch {}`);
  // From another place behind # it would be no new page.
  await page.goto('about:blank');
  await page.goto(`/${hash}`);
}

/** A member in front of the seats of a date. */
export async function atSeats(browser: TestBrowser, memberId: string, scheduleId: number): Promise<Page> {
  const page = await browser.person();
  await beMember(page, memberId, `#/dates/${scheduleId}/line`);
  await page.locator('.seat').first().waitFor();
  return page;
}

/** The seat of a number, and how the page says it stands. */
export function seat(page: Page, number: number, status?: string) {
  return page.locator(`.seat-grid .seat${status === undefined ? '' : `[data-status=${status}]`}`, {
    hasText: new RegExp(`^${number}$`),
  });
}

/** What axe finds serious or critical on a page, in words. */
export async function seriousFindings(page: Page): Promise<string[]> {
  // By the debugger, not by the page: its policy lets no other script in.
  await page.evaluate(await readFile(axePath, 'utf8'));
  const { violations }: { violations: readonly Finding[] } = await page.evaluate(
    'axe.run(document, { resultTypes: ["violations"] })',
  );
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 160)).join(' | ')}`);
}
