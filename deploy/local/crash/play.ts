import { reasonOf } from '@boxoffice/runtime/error';
import type { Places } from '@boxoffice/runtime/fault-points';

import { checkInvariants } from '../verify/check.ts';
import { settle } from '../verify/settle.ts';
import type { Member } from './member.ts';
import { outcomeOf } from './outcome.ts';
import { persistently, quietLimitMs } from './persistently.ts';
import { programOf, type Point } from './points.ts';
import { protocols } from './protocols.ts';
import { isTakenOver, type Row } from './rows.ts';
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

/** A row with its members: one calls again after the death, with the same request id, and one does not. */
interface Part {
  readonly row: Row;
  readonly retrying: Member;
  /** The same one where a row has one member: called once until all is quiet, and then again. */
  readonly leaving: Member;
}

/** Plays rows that have their deaths in common. Never throws: what goes wrong is in the results. */
export async function play(stage: Stage, rows: readonly Row[]): Promise<Result[]> {
  try {
    return await playThrough(stage, rows);
  } catch (error) {
    const whole = error instanceof Error ? error.message : String(error);
    const [short = ''] = whole.split('\n');
    const faultsOf = (index: number): string[] => [index === 0 ? whole : short];
    return rows.map((row, index) => ({ row, retried: '?', left: '?', quietAfterMs: 0, faults: faultsOf(index) }));
  }
}

async function playThrough(stage: Stage, rows: readonly Row[]): Promise<Result[]> {
  const parts = rows.map((row): Part => {
    const [retrying, leaving = retrying] = stage.members(row.alone ? 1 : 2) as [Member, Member?];
    return { row, retrying, leaving };
  });
  await Promise.all(parts.flatMap((part) => membersOf(part).map(protocols[part.row.protocol].prepare)));
  await kill(stage, parts);

  const begin = performance.now();
  const together = parts.filter(({ row }) => !row.alone);
  await Promise.all(together.map(callAgain));
  const open = await settle(stage.databases, quietLimitMs);
  const left = await Promise.all(parts.map(async ({ leaving }) => outcomeOf(await leaving.facts(), price)));
  await Promise.all(parts.filter(({ row }) => row.alone).map(callAgain));
  const quietAfterMs = performance.now() - begin;
  const retried = await Promise.all(parts.map(async ({ retrying }) => outcomeOf(await retrying.facts(), price)));

  const findings = await checkInvariants({ databases: stage.databases, running: true });
  const broken = findings
    .filter(({ verdict }) => verdict === 'violated')
    .map(({ id, title }) => `${id} is violated: ${title}`);
  const standing = open > 0 ? [`${open} payments or messages are still under way`] : [];
  return parts.map(({ row }, index) => {
    const [called, calledOnce] = [retried[index] ?? '', left[index] ?? ''];
    const odd = [
      ...unexpected('called again', called, row.retried),
      ...unexpected('called once', calledOnce, row.left),
    ];
    return { row, retried: called, left: calledOnce, quietAfterMs, faults: [...odd, ...standing, ...broken] };
  });
}

const membersOf = ({ retrying, leaving }: Part): Member[] => [...new Set([retrying, leaving])];

/** A refusal is an answer, too; what it says of the world is looked at afterwards. */
async function callAgain({ row, retrying }: Part): Promise<void> {
  await persistently(() => protocols[row.protocol].call(retrying)).catch((error: unknown) => {
    if (reasonOf(error) === undefined) throw error;
  });
}

/** Brings the deaths about by the members' calls, whose answers are lost with them. Meanwhile nobody takes over. */
async function kill(stage: Stage, parts: readonly Part[]): Promise<void> {
  const calls: Promise<unknown>[] = [];
  {
    using meanwhile = new DisposableStack();
    meanwhile.use(stage.pauseWorker());
    await dieFirst(stage, parts, calls);
    const rejected = parts.filter(({ row }) => row.protocol === 'rejected payment');
    await Promise.all(rejected.flatMap(membersOf).map((member) => member.letGo()));
    planSecond(stage, parts);
  }
  const [second] = parts.filter(({ row }) => row.first !== undefined);
  if (second !== undefined) await stage.awaitDeath(programOf(second.row.point));
  await Promise.all(calls);
}

/** One row after the other, so that it is known who stands where: those who come to a point that is taken pass it. */
async function dieFirst(stage: Stage, parts: readonly Part[], calls: Promise<unknown>[]): Promise<void> {
  const pointOf = ({ row }: Part): Point => row.first ?? row.point;
  const [firstPart] = parts;
  if (firstPart === undefined) return;
  const program = programOf(pointOf(firstPart));
  await stage.awaitWell(program);
  stage.plan({ deadly: placesOf(parts, pointOf), silent: placesOf(parts, ({ row }) => row.silent) });
  for (const [index, part] of parts.entries()) {
    const { call } = protocols[part.row.protocol];
    calls.push(...membersOf(part).map((member) => call(member).catch(() => undefined)));
    const point = pointOf(part);
    await stage.awaitStanding(point, placesOf(parts.slice(0, index + 1), pointOf)[point] ?? 0);
  }
  await stage.awaitDeath(program);
}

/** Who takes over drives everything at once, and which of it stands where does not matter: all of it is to end the same way. */
function planSecond(stage: Stage, parts: readonly Part[]): void {
  const deadly: Partial<Record<Point, number>> = {};
  for (const { row } of parts) if (row.first !== undefined) deadly[row.point] = isTakenOver(row) ? 1 : 2;
  if (Object.keys(deadly).length > 0) stage.plan({ deadly });
}

/** How many members are to stand at each point. */
function placesOf(parts: readonly Part[], pointOf: (part: Part) => Point | undefined): Places<Point> {
  const places: Partial<Record<Point, number>> = {};
  for (const part of parts) {
    const point = pointOf(part);
    if (point !== undefined) places[point] = (places[point] ?? 0) + membersOf(part).length;
  }
  return places;
}

function unexpected(who: string, outcome: string, expected: readonly string[]): string[] {
  return expected.includes(outcome) ? [] : [`who ${who}: ${outcome}, and not ${expected.join(' or ')}`];
}
