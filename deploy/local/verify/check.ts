import { setTimeout as delay } from 'node:timers/promises';

import { invariants as inventoryInvariants } from '@boxoffice/inventory/invariants';
import { invariants as ledgerInvariants } from '@boxoffice/ledger/invariants';
import { invariants as queueInvariants } from '@boxoffice/queue/invariants';
import { violations, type Invariant } from '@boxoffice/runtime/database/invariant';
import type { Pool } from '@boxoffice/runtime/database/pool';

import type { Promises } from '../demo/journal.ts';
import { brokenPromises } from './acknowledged.ts';
import { crossInvariants } from './cross-invariants.ts';
import { queryAcross } from './cross-view.ts';
import { identityOf, type Databases } from './databases.ts';

type Row = Readonly<Record<string, unknown>>;

/** What has become of one invariant. */
export interface Finding {
  readonly id: string;
  readonly title: string;
  readonly verdict: 'holds' | 'violated' | 'not judged';
  /** Rows that show a violation, at most 10. */
  readonly rows: readonly Row[];
  /** Why it was not judged. */
  readonly why?: string;
  readonly tookMs: number;
}

export interface CheckOptions {
  readonly databases: Databases;
  /** Whether the programs run: while they do not, nobody keeps the deadlines that some invariants set. */
  readonly running: boolean;
  /** What a demo was promised; undefined where none was played. */
  readonly promises?: Promises | undefined;
}

const rowsMax = 10;
/** About deadlines that the programs keep, and a stopped program cannot. */
const ofRunningPrograms: ReadonlySet<string> = new Set([
  'I8',
  'I10',
  'I15',
  'queue-outbox',
  'inventory-outbox',
  'ledger-outbox',
]);
/** Between two looks at databases that cannot be read at one moment. */
const secondLookMs = 2_000;

/** Checks every invariant, one after the other: I1 to I16, then those that a service has beside them. */
export async function checkInvariants(options: CheckOptions): Promise<Finding[]> {
  const { databases, running } = options;
  const checks = [
    ...ledgerInvariants.map((invariant) => ({ invariant, look: () => lookInto(databases.ledger, invariant) })),
    ...inventoryInvariants.map((invariant) => ({ invariant, look: () => lookInto(databases.inventory, invariant) })),
    ...queueInvariants.map((invariant) => ({ invariant, look: () => lookInto(databases.queue, invariant) })),
    ...crossInvariants.map((invariant) => ({ invariant, look: () => lookAcross(databases, invariant) })),
  ].sort((a, b) => numberOf(a.invariant.id) - numberOf(b.invariant.id));

  const findings: Finding[] = [];
  for (const { invariant, look } of checks) {
    const why = !running && ofRunningPrograms.has(invariant.id) ? 'a deadline, and nothing is running' : undefined;
    findings.push(await judge(invariant, why === undefined ? look : why));
  }
  const promised = await judgePromises(options);
  const others = findings.findIndex(({ id }) => numberOf(id) > numberOf(promised.id));
  return findings.toSpliced(others === -1 ? findings.length : others, 0, promised);
}

/** Whether nothing speaks against the system. */
export function allHold(findings: readonly Finding[]): boolean {
  return findings.every(({ verdict }) => verdict !== 'violated');
}

async function judgePromises({ databases, promises }: CheckOptions): Promise<Finding> {
  const invariant = { id: 'I16', title: 'What was acknowledged is there' };
  if (promises === undefined) return judge(invariant, 'there is no journal; `npm run demo` keeps one');
  if (promises.database !== (await identityOf(databases))) {
    return judge(invariant, 'the journal of the last demo is about other data');
  }
  const title = `${invariant.title}: ${promises.facts.length} answers of the last demo`;
  return judge({ ...invariant, title }, () => brokenPromises(databases, promises, rowsMax));
}

/** Judges by what is found, or by nothing, for the reason given. */
async function judge(
  { id, title }: Pick<Invariant, 'id' | 'title'>,
  look: (() => Promise<readonly Row[]>) | string,
): Promise<Finding> {
  if (typeof look === 'string') return { id, title, verdict: 'not judged', rows: [], why: look, tookMs: 0 };
  const begin = performance.now();
  const rows = (await look()).slice(0, rowsMax);
  return { id, title, verdict: rows.length > 0 ? 'violated' : 'holds', rows, tookMs: performance.now() - begin };
}

async function lookInto(pool: Pool, invariant: Invariant): Promise<readonly Row[]> {
  const [violation] = await violations(pool, [invariant]);
  return violation?.rows ?? [];
}

async function lookAcross(databases: Databases, { sql }: Invariant): Promise<readonly Row[]> {
  const bounded = `select * from (${sql}) as v limit ${databases.together ? rowsMax : 10_000}`;
  const found = await queryAcross(databases, bounded);
  if (databases.together || found.length === 0) return found;
  await delay(secondLookMs);
  const still = new Set((await queryAcross(databases, bounded)).map(textOf));
  return found.filter((row) => still.has(textOf(row)));
}

function textOf(row: Row): string {
  return JSON.stringify(row, (_, value: unknown) => (typeof value === 'bigint' ? value.toString() : value));
}

/** `I2-running` is 2; what has no number comes last. */
function numberOf(id: string): number {
  return Number(/^I(\d+)/.exec(id)?.[1] ?? 1_000);
}
