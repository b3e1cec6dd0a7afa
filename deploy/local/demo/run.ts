import { readKeys } from '../keys.ts';
import type { SystemPlan } from '../system-plan.ts';
import { allHold, checkInvariants, type Finding } from '../verify/check.ts';
import { identityOf, openDatabases } from '../verify/databases.ts';
import { settle } from '../verify/settle.ts';
import { findingsTable } from '../verify/table.ts';
import { openJournal, readJournal } from './journal.ts';
import { playOnSale } from './on-sale.ts';
import type { DemoOptions } from './options.ts';
import { showProgress, type Screen } from './progress.ts';
import { report } from './report.ts';
import type { Scene } from './scene.ts';

/** How it went. */
export interface DemoResult {
  readonly findings: readonly Finding[];
  /** All invariants hold, and the seats are sold or nobody is left waiting. */
  readonly ok: boolean;
}

/** From the last answer until payments and messages under way are finished. */
const settleLimitMs = 60_000;

/**
 * Plays an on-sale against a running system, tells on the screen how it goes, and checks the invariants afterwards.
 *
 * @throws Error when it cannot be played; the signal's reason when that ends it.
 */
export async function runDemo(
  plan: SystemPlan,
  options: DemoOptions,
  { scene, screen, signal }: { scene: Scene; screen: Screen; signal: AbortSignal },
): Promise<DemoResult> {
  if (plan.authMode !== 'open') {
    throw new Error('The demo needs AUTH_MODE=open: it plays members without access tokens.');
  }
  const { operator } = await readKeys(plan.home);
  if (operator === undefined) throw new Error(`There is no operator's key in ${plan.keysFile}.`);
  const url = plan.url.replace('//localhost:', '//127.0.0.1:');
  await using databases = openDatabases(plan.databases);
  {
    await using resources = new AsyncDisposableStack();
    const journal = resources.use(openJournal(plan.home, await identityOf(databases)));
    resources.use(showProgress(scene, screen));
    await playOnSale({ ...options, url, operatorKey: operator, scene, journal, signal });
  }
  screen.write(`\n${report(scene)}\n\n`);

  const open = await settle(databases, settleLimitMs, signal);
  if (open > 0)
    screen.write(`  ${open} payments or messages are still under way after ${settleLimitMs / 1_000} s.\n\n`);
  const findings = await checkInvariants({ databases, running: true, promises: await readJournal(plan.home) });
  screen.write(`${findingsTable(findings)}\n`);
  const served = scene.sold >= scene.seats || scene.waiting === 0;
  return { findings, ok: allHold(findings) && served };
}
