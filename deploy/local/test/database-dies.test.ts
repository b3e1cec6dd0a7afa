import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { afterAll, beforeAll, expect, test } from '@boxoffice/runtime/testing/tests';

import type { Member } from '../crash/member.ts';
import { outcomeOf } from '../crash/outcome.ts';
import { quietLimitMs } from '../crash/persistently.ts';
import { price, Stage } from '../crash/stage.ts';
import { checkInvariants } from '../verify/check.ts';
import { settle } from '../verify/settle.ts';
import { startTimeoutMs } from './running-system.ts';
import { until } from './until.ts';

const buyers = 8;
/** Between two disasters, so many have to get through. */
const purchasesBetween = 10;

let stage: Stage;
let pids: Stage['pids'];

beforeAll(async () => {
  stage = await Stage.open({ shortLeases: true });
  pids = stage.pids;
}, startTimeoutMs);

afterAll(() => stage[Symbol.asyncDispose]());

/** Members who come, hold and pay, so many at the same time, until disposed. */
function rush(): AsyncDisposable & { readonly paid: readonly Member[] } {
  const paid: Member[] = [];
  const over = new AbortController();
  const isOver = (): boolean => over.signal.aborted;
  const buy = async (): Promise<void> => {
    while (!isOver()) {
      for (const member of stage.members(1)) {
        await member.enter();
        await member.haveHeld();
        await member.havePaid();
        paid.push(member);
      }
    }
  };
  const all = Promise.all(Array.from({ length: buyers }, buy));
  all.catch(() => over.abort()); // Heard of at the end.
  return {
    paid,
    async [Symbol.asyncDispose]() {
      over.abort();
      await all;
    },
  };
}

/** Has disasters come over a rush, and checks that nothing that was acknowledged is lost and nothing half done is left. */
async function survives(disasters: number, strike: () => Promise<void>): Promise<void> {
  const sold: Member[] = [];
  {
    await using load = rush();
    for (let done = 0; done <= disasters; done += 1) {
      const enough = load.paid.length + purchasesBetween;
      await until(async () => load.paid.length >= enough, 60_000);
      if (done < disasters) await strike();
    }
    sold.push(...load.paid);
  }
  expect(await settle(stage.databases, quietLimitMs)).toBe(0);
  const outcomes = await Promise.all(sold.map(async (member) => outcomeOf(await member.facts(), price)));
  expect(new Set(outcomes)).toEqual(new Set(['paid']));
  const findings = await checkInvariants({ databases: stage.databases, running: true });
  expect(findings.filter(({ verdict }) => verdict === 'violated')).toEqual([]);
  expect(stage.pids).toEqual(pids);
}

test('connections that the server ends under load cost nobody anything, and no program ends', async () => {
  await survives(4, async () => {
    const { rowCount } = await stage.databases.ledger.query(
      `select pg_terminate_backend(pid) from pg_stat_activity where application_name like 'boxoffice %'`,
    );
    expect(rowCount).toBeGreaterThan(0);
  });
}, 120_000);

test('an immediate shutdown of the server under load loses nothing that was acknowledged, and no program ends', async () => {
  await survives(2, async () => {
    const pidFile = await readFile(join(stage.home, 'postgres/cluster/postmaster.pid'), 'utf8');
    process.kill(Number.parseInt(pidFile, 10), 'SIGQUIT'); // As `pg_ctl stop -m immediate` does.
  });
}, 120_000);
