import { afterAll, beforeAll, expect, test } from '@boxoffice/runtime/testing/tests';
import type { Page } from 'playwright-core';
import { startSystem, type System } from '../system.ts';
import type { Answer, AnswerBody, Web } from '../web.ts';
import { seriousFindings } from './buyer.ts';
import { describeWithBrowser, pictureFile, TestBrowser } from './chromium.ts';

/** The steps of an operator's day, each going on from the one before. */
describeWithBrowser('an operator’s page', () => {
  let system: System;
  let web: Web;
  let browser: TestBrowser;
  let page: Page;
  beforeAll(async () => {
    system = await startSystem();
    ({ web } = system);
    browser = await TestBrowser.start(web.url);
    page = await browser.person();
    await page.goto('/operator');
  });
  afterAll(async () => {
    await browser[Symbol.asyncDispose]();
    await system[Symbol.asyncDispose]();
  });

  let scheduleId: number;
  const queue = async (): Promise<AnswerBody> => (await web.admin('GET', `/schedules/${scheduleId}/queue`)).body;
  const go = (place: string): Promise<unknown> => page.goto(`/operator#/${place}`);
  const open = (name: string) => page.getByRole('link', { name, exact: true }).first().click();
  const press = (name: string | RegExp) => page.getByRole('button', { name }).click();

  test('takes an operator’s key and no other', async () => {
    await page.getByLabel('Operator’s key').fill('bo_operator_x');
    await press('Sign in');
    await page.getByText('This is not an operator’s key.').waitFor();
    await page.getByLabel('Operator’s key').fill(system.keys.operator);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Dates' }).waitFor();
    await page.reload();
    await page.getByRole('heading', { name: 'Dates' }).waitFor();
    expect(await page.evaluate<number>('localStorage.length')).toBe(0);
  });

  test('enters a concert, and a date of two sections with its queue', async () => {
    await open('Concerts');
    await press('Create and go on');
    await page.locator('#concert-name-fault').waitFor();
    await page.getByLabel('Name', { exact: true }).fill('Aria');
    await page.getByLabel('Venue', { exact: true }).fill('Great Hall');
    await press('Create and go on');
    await page.getByRole('heading', { name: 'Aria', level: 1 }).waitFor();

    await page.getByLabel('Day', { exact: true }).fill('2099-12-24');
    await press('Add a section');
    const second = page.getByRole('group', { name: 'Section 2' });
    await second.getByLabel('Section', { exact: true }).fill('S');
    await second.getByLabel('Rows').fill('2');
    await second.getByLabel('Seats per row').fill('4');
    await second.getByLabel('Price, KRW').fill('500');
    await page.getByRole('img', { name: 'Seat map of 58 seats in 2 sections' }).waitFor();
    await page.getByLabel('Inside at once, at most').fill('7');
    expect(await seriousFindings(page)).toEqual([]);
    await page.screenshot({ path: await pictureFile('operator-new-date'), fullPage: true });
    await press('Create the dates');
    await page.getByRole('link', { name: 'to its control room' }).click();
    await page.getByRole('heading', { name: 'Aria', level: 1 }).waitFor();
    scheduleId = Number(page.url().split('/').at(-1));
    expect(await queue()).toMatchObject({ state: 'OPEN', maxActive: 7, activeTtlSeconds: 300 });
    const live = await web.admin('GET', `/schedules/${scheduleId}/live`);
    expect((live.body as unknown as { seats: object }).seats).toEqual({ open: 58, held: 0, sold: 0 });
  });

  test('changes the policy at once, and says which field is wrong', async () => {
    const inside = page.getByLabel('Inside at once, at most');
    await inside.fill('3');
    await inside.press('Enter');
    await expectSoon(async () => (await queue()).maxActive === 3);
    await inside.fill('2000000');
    await inside.press('Enter');
    await page.locator('#policy-maxActive-fault', { hasText: 'From 0 to 1,000,000' }).waitFor();
    expect((await queue()).maxActive).toBe(3);
    await inside.fill('3');
    await inside.press('Enter');
    await page.locator('#policy-maxActive-fault').waitFor({ state: 'detached' });
  });

  test('pauses and goes on', async () => {
    await press('Pause');
    await page.locator('main [data-state=PAUSED]').waitFor();
    expect((await queue()).state).toBe('PAUSED');
    await press('Resume');
    await page.locator('main [data-state=OPEN]').waitFor();
    expect((await queue()).state).toBe('OPEN');
  });

  test('shows live what is sold, as lines, numbers and a table', async () => {
    await buy();
    const sold = page.getByRole('slider', { name: 'Seats sold' });
    await expectSoon(async () => (await sold.getAttribute('aria-valuetext'))?.startsWith('2 at ') === true);
    await expectSoon(async () => ((await sold.locator('.line').getAttribute('d')) ?? '').split('L').length > 2);
    await sold.focus();
    await page.keyboard.press('Home');
    await expectSoon(async () => (await sold.getAttribute('aria-valuetext'))?.startsWith('0 at ') === true);
    await page.getByText('As a table').click();
    expect(await page.locator('.table tbody tr').count()).toBeGreaterThan(0);
    expect(await seriousFindings(page)).toEqual([]);
    await page.screenshot({ path: await pictureFile('operator-control-room'), fullPage: true });
  });

  test('changes what is told of the concert', async () => {
    await page.getByRole('link', { name: 'The concert, and new dates' }).click();
    const edit = page.getByRole('region', { name: 'Edit the concert' });
    await edit.getByLabel('Venue').fill('Small Hall');
    await edit.getByRole('button', { name: 'Save' }).click();
    await expectSoon(async () => (await web.get('/v1/concerts')).body.concerts.some(isInSmallHall));
    await go(`dates/${scheduleId}`);
  });

  test('changes prices', async () => {
    await page.getByLabel('Section', { exact: true }).fill('S');
    await page.getByLabel('Price, KRW').fill('700');
    await press('Change prices');
    await page.getByRole('region', { name: 'Prices' }).getByText('8 seats changed').waitFor();
  });

  test('finds a member’s reservation, and refunds a seat and then the rest', async () => {
    await open('Search');
    await page.getByLabel('Id', { exact: true }).fill('buyer');
    await press('Find');
    await page.getByRole('heading', { name: 'Member buyer' }).waitFor();
    await page.getByText('₩802,000').first().waitFor();
    await page.screenshot({ path: await pictureFile('operator-member'), fullPage: true });
    await open('Aria');
    await page.getByRole('checkbox').first().check();
    await press(/^Refund 1 seat/);
    const dialog = page.getByRole('dialog');
    expect(await seriousFindings(page)).toEqual([]);
    await dialog.getByRole('button', { name: 'Refund' }).click();
    await page.getByText('Given back').waitFor();
    expect((await reservation()).body).toMatchObject({ status: 'CONFIRMED', refundedAmount: 99_000 });
    await press(/^Refund all/);
    await dialog.getByRole('button', { name: 'Refund' }).click();
    await page.locator('main .card > .spread [data-state=REFUNDED]').waitFor();
    expect((await reservation()).body).toMatchObject({ status: 'REFUNDED', refundedAmount: 198_000 });
  });

  test('closes and cancels a date after asking', async () => {
    await go(`dates/${scheduleId}`);
    const dialog = page.getByRole('dialog');
    await press('Close queue');
    await dialog.getByRole('button', { name: 'Go back' }).click();
    await press('Close queue');
    await dialog.getByRole('button', { name: 'Close queue' }).click();
    await page.locator('main [data-state=CLOSED]').waitFor();
    await press('Cancel date');
    await dialog.getByRole('button', { name: 'Cancel date' }).click();
    await expectSoon(async () => {
      const { body } = await web.get(`/v1/schedules?date=2099-12-24`);
      return body.schedules.length === 0;
    });
    expect((await queue()).state).toBe('CLOSED');
  });

  test('tells what was done, all of it, newest first', async () => {
    await open('Activity');
    const done = page.locator('.action strong');
    await done.first().waitFor();
    expect(await done.allTextContents()).toEqual([
      'Cancelled a date',
      'Closed the queue',
      'Refunded',
      'Refunded',
      'Changed prices',
      'Changed a concert',
      'Resumed the queue',
      'Paused the queue',
      'Changed the policy',
      'Opened the queue',
      'Entered a date',
      'Entered a concert',
    ]);
    await web.admin('POST', '/concerts', { body: { name: 'Elsewhere' } });
    await expectSoon(async () => (await done.count()) === 13);
    expect(await seriousFindings(page)).toEqual([]);
    await page.screenshot({ path: await pictureFile('operator-activity'), fullPage: true });
  });

  test('speaks Korean, and fits a phone in the dark', async () => {
    await page.setViewportSize({ width: 390, height: 844 });
    await page.emulateMedia({ colorScheme: 'dark' });
    await press('한국어');
    // Contrasts are other ones in the dark; the rest was looked at before.
    expect(await seriousFindings(page)).toEqual([]);
    for (const [place, heading] of places(scheduleId)) {
      await go(place);
      await page.getByRole('heading', { name: heading, level: 1 }).waitFor();
      expect([place, await page.evaluate('document.documentElement.scrollWidth')]).toEqual([place, 390]);
      await page.screenshot({
        path: await pictureFile(`operator-phone-${place.split('/')[0] || 'dates'}`),
        fullPage: true,
      });
    }
  });

  test('forgets the key with the tab, and when it is told to', async () => {
    await press('로그아웃');
    await page.getByLabel('운영자 키').waitFor();
    expect(await page.evaluate<number>('sessionStorage.length')).toBe(0);
    expect(browser.faults).toEqual([]);
  });

  /** Two of the best seats, by a member with a million. */
  async function buy(): Promise<void> {
    const memberId = await web.newMember('buyer', 1_000_000);
    const token = await web.admitted(scheduleId, memberId);
    const held = await web.post(`/v1/schedules/${scheduleId}/reservations`, { token, body: { bestAvailable: 2 } });
    await web.post(`/v1/reservations/${held.body.id}/payment`, { token, body: {} });
  }

  async function reservation(): Promise<Answer> {
    const { body } = await web.get('/v1/members/buyer/reservations');
    return web.admin('GET', `/reservations/${body.reservations[0]?.id}`);
  }
});

const places = (scheduleId: number) =>
  [
    ['', '회차'],
    ['concerts', '공연'],
    [`dates/${scheduleId}`, 'Aria'],
    ['search', '검색'],
    ['members/buyer', '회원 buyer'],
    ['actions', '활동 기록'],
  ] as const;

const isInSmallHall = (concert: object): boolean => 'venue' in concert && concert.venue === 'Small Hall';

const pollMs = 20;
const patienceMs = 10_000;

/** Waits for a condition. @throws Error when it does not come true in time. */
async function expectSoon(condition: () => Promise<boolean>): Promise<void> {
  const endMs = performance.now() + patienceMs;
  while (!(await condition())) {
    if (performance.now() > endMs) throw new Error(`not so after ${patienceMs} ms: ${condition.toString()}`);
    await new Promise((resolve) => setTimeout(resolve, pollMs));
  }
}
