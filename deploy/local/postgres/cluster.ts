import { randomBytes } from 'node:crypto';
import { access, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

import { tether, type TetherOptions } from '../tether.ts';
import type { PostgresAccount } from './account.ts';

/** The database that the programs connect to; its owner is the server's superuser. */
export const database = 'boxoffice';
export const user = 'boxoffice';

/** How long a fast shutdown may take before an immediate one. */
export const fastShutdownLimitMs = 10_000;

const major = '18';

/** A data directory that a server can be started on. */
export interface Cluster {
  readonly dir: string;
  readonly password: string;
}

/**
 * Opens the cluster in the folder, or makes one. It gets its name when it is complete, so that a half-made one is never used.
 *
 * @throws Error when it is of another major version of PostgreSQL.
 */
export async function openCluster(dataDir: string, account: PostgresAccount): Promise<Cluster> {
  const dir = clusterDir(dataDir);
  const isThere = await access(dir).then(
    () => true,
    () => false,
  );
  return { dir, password: isThere ? await passwordOf(dataDir) : await create(dataDir, account) };
}

/** Where the cluster is, or will be. */
export function clusterDir(dataDir: string): string {
  return join(dataDir, 'cluster');
}

async function passwordOf(dataDir: string): Promise<string> {
  const version = (await readFile(join(clusterDir(dataDir), 'PG_VERSION'), 'utf8')).trim();
  if (version !== major) {
    throw new Error(`The data in ${dataDir} are of PostgreSQL ${version}; this is ${major}. Start over with --fresh.`);
  }
  return (await readFile(join(dataDir, 'password'), 'utf8')).trim();
}

async function create(dataDir: string, account: PostgresAccount): Promise<string> {
  const draft = join(dataDir, 'cluster.draft');
  const passwordFile = join(dataDir, 'password');
  await rm(draft, { recursive: true, force: true });
  const password = randomBytes(24).toString('base64url');
  // As the account, since it has to read its password: root's files are not nobody's.
  const keep = ['-c', 'umask 077 && cat >"$0"', passwordFile];
  await finish('/bin/sh', keep, account, `${password}\n`);
  const locale = ['--encoding=UTF8', '--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'];
  const access = [`--username=${user}`, '--auth=scram-sha-256', `--pwfile=${passwordFile}`];
  const shape = [`--pgdata=${draft}`, '--data-checksums', '--no-instructions', '--no-sync'];
  await finish(account.binaries.initdb, [...shape, ...access, ...locale], account);
  await finish(
    account.binaries.postgres,
    ['--single', '-D', draft, 'template1'],
    account,
    `create database ${database}`,
  );
  // One pass over all files at the end instead of one for each step.
  await finish(account.binaries.initdb, [`--pgdata=${draft}`, '--sync-only'], account);
  await rename(draft, clusterDir(dataDir));
  return password;
}

/** Runs one of PostgreSQL's own programs to its end. */
async function finish(
  program: string,
  args: readonly string[],
  account: PostgresAccount,
  input?: string,
): Promise<void> {
  const options = { ...spawnOptions(account), ...(input !== undefined && { input }) };
  await using child = await tether(program, args, options);
  const lines: string[] = [];
  createInterface(child.stdout).on('line', (line) => remember(lines, line));
  createInterface(child.stderr).on('line', (line) => remember(lines, line));
  const { code, signal } = await child.ended;
  if (code !== 0) throw new Error(`${program} ended with ${signal ?? `code ${code}`}: ${lines.join('\n')}`);
}

/** How PostgreSQL's programs are started and ended under an account. */
export function spawnOptions({ prefix, uid, gid }: PostgresAccount, graceMs = fastShutdownLimitMs): TetherOptions {
  return {
    prefix,
    ...(uid !== undefined && { uid }),
    ...(gid !== undefined && { gid }),
    cwd: '/',
    env: { PATH: process.env['PATH'] ?? '/usr/bin:/bin', LC_ALL: 'C' },
    signal: 'SIGINT', // Fast shutdown.
    lastSignal: 'SIGQUIT', // Immediate shutdown: the next start replays the log.
    graceMs,
  };
}

/** Keeps the last lines, for the words of an error. */
export function remember(lines: string[], line: string): void {
  lines.push(line);
  if (lines.length > 20) lines.shift();
}
