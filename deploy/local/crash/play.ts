import { reasonOf } from '@boxoffice/runtime/error';

import { checkInvariants } from '../verify/check.ts';
import { settle } from '../verify/settle.ts';
import type { Member } from './member.ts';
import { outcomeOf } from './outcome.ts';
import { persistently, quietLimitMs } from './persistently.ts';
import { programOf } from './points.ts';
import { protocols } from './protocols.ts';
import type { Row } from './rows.ts';
import { price, type Stage } from './stage.ts';

/** What has become of a row. */
export interface Result {
  readonly row: Row;
  /** What there is for who called again. */
  readonly retried: string;
  /** What there is for who did not. */
  readonly left: string;
  /** From the last death until nothing was under way any more, and who called again had an answer. */
  readonly quietAfterMs: number;
  /** What is wrong; empty: all is well. */
  readonly faults: readonly string[];
}

/**
 * Plays a row with two members: one calls again after the death, with the same request id, and one does not.
 *
 * Never throws: what goes wrong is in the result.
 */
export async function play(stage: Stage, row: Row): Promise<Result> {
  try {
    return await playThrough(stage, row);
  } catch (error) {
    const faults = [error instanceof Error ? error.message : String(error)];
    return { row, retried: '?', left: '?', quietAfterMs: 0, faults };
  }
}

async function playThrough(stage: Stage, row: Row): Promise<Result> {
  const { prepare, call } = protocols[row.protocol];
  const [retrying, leaving] = stage.members() as [Member, Member];
  await Promise.all([prepare(retrying), prepare(leaving)]);
  for (const members of row.apart ? [[leaving], [retrying]] : [[retrying, leaving]]) await kill(stage, row, members);

  const begin = performance.now();
  // A refusal is an answer, too; what it says of the world is looked at below.
  await persistently(() => call(retrying)).catch((error: unknown) => {
    if (reasonOf(error) === undefined) throw error;
  });
  const open = await settle(stage.databases, quietLimitMs);
  const quietAfterMs = performance.now() - begin;

  const retried = outcomeOf(await retrying.facts(), price);
  const left = outcomeOf(await leaving.facts(), price);
  const findings = await checkInvariants({ databases: stage.databases, running: true });
  const faults = [
    ...(open > 0 ? [`${open} payments or messages are still under way`] : []),
    ...unexpected('called again', retried, row.retried),
    ...unexpected('called once', left, row.left),
    ...findings.filter(({ verdict }) => verdict === 'violated').map(({ id, title }) => `${id} is violated: ${title}`),
  ];
  return { row, retried, left, quietAfterMs, faults };
}

/** Brings the death about by the members' calls, whose answers are lost with it. */
async function kill(stage: Stage, { protocol, point, first, stand }: Row, members: readonly Member[]): Promise<void> {
  const calls: Promise<unknown>[] = [];
  const callAll = (): void => {
    for (const member of members) calls.push(protocols[protocol].call(member).catch(() => undefined));
  };
  const all = members.length;
  await stage.awaitWell(programOf(first ?? point));
  if (first === undefined) {
    await stage.kill({ point, callers: all, ...(stand && { stand }) }, callAll);
  } else {
    await stage.kill({ point: first, callers: all }, callAll);
    if (protocol === 'rejected payment') await Promise.all(members.map((member) => member.letGo()));
    // What takes over does so in one call, or in several, one after the other.
    await stage.kill({ point, callers: 1 });
  }
  await Promise.all(calls);
}

function unexpected(who: string, outcome: string, expected: readonly string[]): string[] {
  return expected.includes(outcome) ? [] : [`who ${who}: ${outcome}, and not ${expected.join(' or ')}`];
}
