import { execFile } from 'node:child_process';
import { chown, lchown, lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { copiedPostgresBinaries, publicCopyDir, type PostgresBinaries } from './binaries.ts';

/** How to run PostgreSQL's programs so that they are not root. */
export interface PostgresAccount {
  readonly binaries: PostgresBinaries;
  /** Words before the program. */
  readonly prefix: readonly string[];
  /** The user and group to become before anything is executed. */
  readonly uid?: number;
  readonly gid?: number;
}

interface Candidate {
  readonly prefix: readonly string[];
  readonly uid?: number;
  readonly gid?: number;
  /** Who the files have to belong to. */
  readonly fileUid: number;
}

/** `nobody` nearly everywhere. */
const nobody = 65534;

/**
 * Finds an account for PostgreSQL, which refuses to run as root. An ordinary user runs it directly. Root tries, in this
 * order, what works on most machines without leaving a trace on them:
 *
 * 1. a user namespace in which root looks like nobody: nothing has to change hands, and a 0700 home stays reachable;
 * 2. nobody, with the one capability to pass through directories that are not its own (containers forbid the first);
 * 3. plain nobody.
 *
 * Where none of them may read node_modules, all are tried again with a copy of the programs beside the data, and then with
 * one in /var/tmp.
 *
 * A folder that belongs to somebody already is used as that user if possible, so that they can go on with it.
 *
 * @throws Error that says what to do when none of them can run the programs and write to the folder.
 */
export async function postgresAccount(binaries: PostgresBinaries, dataDir: string): Promise<PostgresAccount> {
  const { uid: owner } = await lstat(dataDir);
  const isRoot = process.getuid?.() === 0;
  const faults: string[] = [];
  const firstOf = async (candidates: readonly Candidate[], programs: PostgresBinaries) => {
    for (const { fileUid, ...rest } of candidates) {
      const account = { ...rest, binaries: programs };
      const fault =
        (isRoot ? await give(dataDir, fileUid) : undefined) ??
        (await faultOf(account, dataDir)) ??
        (isRoot && fileUid !== 0 ? await unreachable(programs, fileUid) : undefined);
      if (fault === undefined) return account;
      faults.push(`${rest.prefix[0] ?? `user ${fileUid}`}: ${fault}`);
    }
    return undefined;
  };

  const candidates = isRoot ? rootCandidates(owner) : userCandidates(owner);
  const programs = [async () => binaries];
  if (isRoot) {
    programs.push(() => copiedPostgresBinaries(dataDir));
    programs.push(async () => copiedPostgresBinaries(await publicCopyDir()));
  }
  for (const make of programs) {
    const account = await firstOf(candidates, await make());
    if (account) return account;
  }
  if (isRoot) await give(dataDir, owner);
  throw new Error(
    `${isRoot ? 'PostgreSQL does not run as root, and no' : 'No'} account on this machine can run it with its data in ` +
      `${dataDir}. ${isRoot ? 'Start as an ordinary user, set' : 'Set'} BOXOFFICE_HOME to another folder (such as ` +
      `/var/lib/boxoffice), or set DATABASE_URL to a PostgreSQL server of your own. Tried: ${faults.join('; ')}`,
  );
}

const namespace = ['unshare', '--user', `--map-user=${nobody}`, `--map-group=${nobody}`];

/** A user without a name, as containers have them, needs one to make a cluster. */
function userCandidates(owner: number): readonly Candidate[] {
  return [
    { prefix: [], fileUid: owner },
    { prefix: namespace, fileUid: owner },
  ];
}

function rootCandidates(owner: number): readonly Candidate[] {
  const own = owner === 0 ? [] : switchTo(owner);
  return [...own, { prefix: namespace, fileUid: 0 }, ...(owner === nobody ? [] : switchTo(nobody))];
}

function switchTo(uid: number): readonly Candidate[] {
  const identity = ['setpriv', `--reuid=${uid}`, `--regid=${uid}`, '--clear-groups'];
  const passage = ['--inh-caps=-all,+dac_override', '--ambient-caps=-all,+dac_override'];
  return [
    { prefix: [...identity, ...passage], fileUid: uid },
    { prefix: [], uid, gid: uid, fileUid: uid },
  ];
}

/** Why this account cannot run the programs on this folder, or nothing if it can. */
async function faultOf(account: PostgresAccount, dataDir: string): Promise<string | undefined> {
  const { binaries, prefix, uid, gid } = account;
  // To make a cluster, `initdb` asks for the name of its user.
  const check = '"$1" --version >/dev/null && cd "$2" && test -w . && { test -d cluster || id -un >/dev/null; }';
  const [first = '/bin/sh', ...rest] = [...prefix, '/bin/sh', '-c', check, 'sh', binaries.initdb, dataDir];
  const identity = { ...(uid !== undefined && { uid }), ...(gid !== undefined && { gid }) };
  try {
    await promisify(execFile)(first, rest, { cwd: '/', timeout: 10_000, ...identity });
    return undefined;
  } catch (error) {
    const { stderr, message } = error as { stderr?: string; message: string };
    return stderr?.trim() || message;
  }
}

/**
 * Why a user cannot reach the programs without any capability, or nothing if they can: PostgreSQL's programs look for each
 * other by access(2), which asks who the user is and not what they are capable of.
 */
async function unreachable({ initdb }: PostgresBinaries, uid: number): Promise<string | undefined> {
  try {
    await promisify(execFile)(initdb, ['--version'], { cwd: '/', timeout: 10_000, uid, gid: uid });
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** Makes the folder and all in it belong to a user; says why it cannot. Does nothing when the folder does already. */
async function give(dir: string, uid: number): Promise<string | undefined> {
  if ((await lstat(dir)).uid === uid) return undefined;
  try {
    for (const entry of await readdir(dir, { recursive: true })) await lchown(join(dir, entry), uid, uid);
    await chown(dir, uid, uid); // Last: it says that all the rest is done.
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
