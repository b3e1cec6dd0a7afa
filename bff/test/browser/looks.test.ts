import { afterAll, beforeAll, expect, test } from '@boxoffice/runtime/testing/tests';
import type { Page } from 'playwright-core';
import { newMember, startSystem, type System } from '../system.ts';
import { beMember, seat, seriousFindings } from './buyer.ts';
import { describeWithBrowser, pictureFile, TestBrowser } from './chromium.ts';

const desktop = { width: 1280, height: 800 };
// The narrowest phones that are still about.
const phone = { width: 360, height: 780 };

describeWithBrowser('each step of the buyer’s page, in both languages, light and dark, wide and narrow', () => {
  let system: System;
  let browser: TestBrowser;
  let page: Page;
  let scheduleId: number;
  const member = newMember();

  beforeAll(async () => {
    system = await startSystem();
    browser = await TestBrowser.start(system.web.url);
    page = await browser.person();
    scheduleId = await system.web.newSchedule({ price: 99_000, queue: { maxActive: 50 } });
  });
  afterAll(async () => {
    await browser[Symbol.asyncDispose]();
    await system[Symbol.asyncDispose]();
  });

  /** Looks at a step: axe finds nothing serious, nothing is wider than the screen, and there are pictures. */
  async function look(step: string): Promise<void> {
    await page.setViewportSize(desktop);
    await speak('English', 'en');
    await page.emulateMedia({ colorScheme: 'light', reducedMotion: 'reduce' });
    expect(await seriousFindings(page)).toEqual([]);
    await page.screenshot({ path: await pictureFile(`${step}-desktop-light-en`) });

    await page.setViewportSize(phone);
    await speak('한국어', 'ko');
    await page.emulateMedia({ colorScheme: 'dark', reducedMotion: 'reduce' });
    expect(await seriousFindings(page)).toEqual([]);
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(phone.width);
    await page.screenshot({ path: await pictureFile(`${step}-phone-dark-ko`), fullPage: true });
    expect(browser.faults.splice(0)).toEqual([]);
  }

  async function speak(name: string, tag: string): Promise<void> {
    // A dialog has the page behind it.
    if ((await page.locator('dialog').count()) > 0) return;
    await page.getByRole('button', { name, exact: true }).click();
    await page.locator(`html[lang=${tag}]`).waitFor({ state: 'attached' });
  }

  test('the concerts, the dates, and who one is', async () => {
    await page.goto('/');
    await page.locator('.stub').first().waitFor();
    await look('1-concerts');
    expect(await page.getByRole('heading', { level: 1 }).innerText()).toBe('지금 예매 중');
    await page.locator('.stub a').first().click();
    await page.locator('.stub.date').first().waitFor();
    await look('2-dates');
    await page.locator('.stub.date a').first().click();
    await page.getByLabel('회원 번호 또는 이름').waitFor();
    await look('3-who');
  });

  test('the lobby and the line', async () => {
    const opensAt = new Date(Date.now() + 3_600_000).toISOString();
    const lobby = await system.web.newSchedule({ queue: { opensAt } });
    await beMember(page, member, `#/dates/${lobby}/line`);
    await page.locator('.count-number').waitFor();
    await look('4-lobby');
    const busy = await system.web.newSchedule({ queue: { maxActive: 1 } });
    for (let people = 0; people < 30; people++) await system.web.join(busy, newMember());
    await page.goto(`/#/dates/${busy}/line`);
    await page.locator('[data-ahead]').waitFor();
    await look('5-line');
    await system.web.admin('POST', `/schedules/${busy}/queue/pause`);
    await page.locator('.notice.warn').waitFor();
    await look('6-line-paused');
  });

  test('the seats, the payment, the ticket, and what one has', async () => {
    await page.goto(`/#/dates/${scheduleId}/line`);
    await seat(page, 3).click();
    await seat(page, 4).click();
    await look('7-seats');
    await page.locator('.choice .button').click();
    await page.locator('.countdown').waitFor();
    await page.locator('#charge').waitFor();
    await look('8-payment');
    await page.locator('form .button').click();
    await page.locator('.notice.warn').waitFor({ state: 'detached' });
    await page.locator('.button.wide').click();
    await page.locator('.pass').waitFor();
    await look('9-ticket');
    await page.goto('/#/me');
    await page.locator('[data-reservation]').waitFor();
    await page.locator('tbody tr').first().waitFor();
    await look('10-mine');
    await page.getByRole('button', { name: '환불' }).click();
    await page.locator('dialog').waitFor();
    await look('11-refund');
  });
});
