import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import { Api } from '../demo/api.ts';
import { openJournal, readJournal } from '../demo/journal.ts';
import { serviceNames } from '../keys.ts';
import { summary, type Output } from '../output.ts';
import { anyPorts } from '../ports.ts';
import { startSystem, type System } from '../system.ts';
import { allHold, checkInvariants, type Finding } from '../verify/check.ts';
import { identityOf, openDatabases } from '../verify/databases.ts';
import { settle } from '../verify/settle.ts';
import type { Road } from './journey.ts';
import { Record, type Phase } from './record.ts';
import { replace } from './replace.ts';
import { prepareSale, type Sale } from './sale.ts';
import { Traffic } from './traffic.ts';
import { Watchers } from './watchers.ts';

/** What is done to a system, and under which load. */
export interface RollOptions {
  /** Purchases that begin a second. */
  readonly rate: number;
  readonly watchers: number;
  /** How the programs end: in order, one after the other, or by SIGKILL, one of each. */
  readonly signal: 'SIGTERM' | 'SIGKILL';
  /** Programs that end at the same moment, group by group; all, or one of each, where nothing is said. */
  readonly groups?: readonly (readonly string[])[];
  /** How long it is watched before the first and after each end. */
  readonly quietMs?: number;
  /** Without one, the system has a PostgreSQL of its own. */
  readonly databaseUrl?: string;
  readonly say?: (text: string) => void;
  readonly abort?: AbortSignal;
}

/** How it went. */
export interface RollResult {
  readonly phases: readonly Phase[];
  readonly findings: readonly Finding[];
  /** Purchases that did not begin, since too many were under way. */
  readonly overruns: number;
  /** Nothing happened that a client could not have mended, and all invariants hold. */
  readonly ok: boolean;
}

const replicas = 2;
const quietMsDefault = 3_000;
/** Of the streams that ended with a program: the longest that an event stream's `retry` asks for, and more. */
const resumeLimitMs = 10_000;
const settleLimitMs = 60_000;
const retryLimitMs = 30_000;
/** So many members as begin in this time: each is on one journey at most. */
const membersForMs = 10_000;
/** So long a program takes to end and to start again, at most, where seats are counted. */
const turnMsMax = 30_000;
const saidMax = 60;

/** Nothing else of the developer's environment reaches the programs but where compiled code is. */
const variables = {
  ...anyPorts,
  LOG_LEVEL: 'warn',
  DATABASE_POOL_MAX: '8',
  // As in Kubernetes, but for a load balancer that notices at once.
  SHUTDOWN_DELAY_MS: '500',
  SHUTDOWN_TIMEOUT_MS: '25000',
};

/**
 * Starts a system of its own with two of each program, sells seats in it at a steady rate, and meanwhile ends the programs and
 * starts them again.
 *
 * @throws Error with words for a person, and what the programs said, when it cannot be played.
 */
export async function roll(options: RollOptions): Promise<RollResult> {
  const said: string[] = [];
  const note = (text: string): void => {
    said.push(text);
    if (said.length > saidMax) said.shift();
  };
  const output: Output = { line: (program, text) => note(`${program}: ${summary(text)}`), note };
  try {
    await using resources = new AsyncDisposableStack();
    const home = await mkdtemp(join(tmpdir(), 'boxoffice-roll-'));
    resources.defer(() => rm(home, { recursive: true, force: true }));
    const system = resources.use(await start(home, output, options));
    return await play(system, options);
  } catch (error) {
    options.abort?.throwIfAborted();
    throw new Error(`${error instanceof Error ? error.message : String(error)}\n${said.join('\n')}`, { cause: error });
  }
}

function start(home: string, output: Output, { databaseUrl, abort }: RollOptions): Promise<System> {
  return startSystem({
    environment: {
      PATH: process.env['PATH'],
      NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'],
      ...variables,
      BOXOFFICE_HOME: home,
      ...(databaseUrl !== undefined && { DATABASE_URL: databaseUrl }),
    },
    output,
    catalogue: false,
    replicas: Object.fromEntries(serviceNames.map((service) => [service, replicas])),
    backoffMs: { first: 20, max: 20, forgottenAfter: 0 },
    ...(abort && { signal: abort }),
  });
}

async function play(system: System, options: RollOptions): Promise<RollResult> {
  const { rate, quietMs = quietMsDefault, watchers, signal, abort } = options;
  const groups = options.groups ?? groupsOf(system.supervisor.names, signal);
  await using databases = openDatabases(system.databases);
  const record = new Record();
  const sell = async (): Promise<number> => {
    await using journal = openJournal(system.home, await identityOf(databases));
    const seconds = (3 * quietMs + groups.length * (turnMsMax + quietMs)) / 1_000;
    const size = { seats: Math.ceil(rate * seconds), members: Math.ceil((rate * membersForMs) / 1_000), watchers };
    const sale = await prepareSale(system, size, journal);
    const url = system.url.replace('//localhost:', '//127.0.0.1:');
    const life = abort ?? new AbortController().signal;
    const api = new Api({ url, signal: life, retryLimitMs, onRetry: (reason) => record.retried(reason) });
    return endThem(system, groups, { ...options, road: { api, record, journal }, sale });
  };
  const overruns = await sell();
  await settle(databases, settleLimitMs, abort);
  const findings = await checkInvariants({ databases, running: true, promises: await readJournal(system.home) });
  return { phases: record.phases, findings, overruns, ok: record.faults.length === 0 && allHold(findings) };
}

/** Ends the programs group by group while seats are sold. Tells how many purchases did not begin. */
async function endThem(
  { supervisor }: System,
  groups: readonly (readonly string[])[],
  { road, sale, rate, signal, quietMs = quietMsDefault, say, abort }: RollOptions & { road: Road; sale: Sale },
): Promise<number> {
  const { record } = road;
  record.begin('start');
  const watchers = new Watchers(road, sale);
  await watchers.begin();
  const traffic = new Traffic(road, sale, rate);
  // Every path is warm before anything is measured.
  await delay(quietMs);
  record.begin('before');
  await delay(quietMs);
  for (const group of groups) {
    abort?.throwIfAborted();
    const phase = record.begin(group.join(' '));
    say?.(phase.name);
    await Promise.all(group.map((name) => replace(supervisor, name, { signal, phase })));
    if (!(await watchers.allGoOn(resumeLimitMs))) phase.faults.push('streams that ended do not go on');
    await delay(quietMs / 2);
  }
  record.begin('after');
  await delay(quietMs / 2);
  await traffic.stop();
  record.end();
  await watchers.stop();
  return traffic.overruns;
}

/** In order, all of them, as a rollout does; or the second one of each, which is lost. */
function groupsOf(names: readonly string[], signal: RollOptions['signal']): string[][] {
  return names.filter((name) => signal === 'SIGTERM' || name.endsWith(`-${replicas}`)).map((name) => [name]);
}
