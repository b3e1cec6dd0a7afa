// Brings node_modules up to package-lock.json, so that `npm start` and `npm test` work on a bare clone. Plain JavaScript
// without dependencies: whatever Node the machine has (20 or newer) runs it. Takes some milliseconds when all is there.
import { spawn, spawnSync } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { basename, join } from 'node:path';
import { clearInterval, setInterval } from 'node:timers';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const lockFile = join(root, 'package-lock.json');
const installedFile = join(root, 'node_modules', '.package-lock.json');
const turnFile = join(root, '.boxoffice', 'installing');
const node = join(root, 'node_modules', '.bin', 'node');
const nodeMajor = 24;
const turnLimitMs = 600_000;

/** @param {string} words */
const say = (words) => console.error(`boxoffice: ${words}`);

/** @param {string} words */
function fail(words) {
  say(words);
  process.exit(1);
}

/** @param {string} path */
const packagesOf = (path) => JSON.parse(readFileSync(path, 'utf8')).packages;

/**
 * Whether what is installed is what the lock file asks for. An optional package may be missing: it is another machine's.
 */
function isInstalled() {
  if (!existsSync(installedFile)) return false;
  const installed = packagesOf(installedFile);
  return Object.entries(packagesOf(lockFile)).every(([path, wanted]) => {
    if (!path.includes('node_modules/')) return true; // This repository's own folders.
    const found = installed[path];
    if (!found) return wanted.optional === true || wanted.peer === true;
    return found.version === wanted.version && found.integrity === wanted.integrity;
  });
}

/** Two installs at once would delete each other's files: waits for the other one. */
async function takeTurn() {
  mkdirSync(join(root, '.boxoffice'), { recursive: true, mode: 0o700 });
  const end = Date.now() + turnLimitMs;
  for (let said = false; Date.now() < end;) {
    try {
      const file = openSync(turnFile, 'wx');
      writeSync(file, String(process.pid));
      closeSync(file);
      process.once('exit', () => rmSync(turnFile, { force: true }));
      return;
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
    }
    const pid = holder();
    if (pid === undefined) continue;
    if (!said) say(`process ${pid} is installing the packages; waiting for it`);
    said = true;
    await delay(200);
  }
  fail(`waited ${turnLimitMs / 60_000} minutes for another install. Delete ${turnFile} if there is none.`);
}

/** The living process that installs, if any; what a dead one has left is removed. */
function holder() {
  let pid;
  try {
    pid = Number(readFileSync(turnFile, 'utf8'));
  } catch (error) {
    if (error.code === 'ENOENT') return undefined; // It has just finished.
    throw error;
  }
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (error.code !== 'ESRCH') return pid;
    rmSync(turnFile, { force: true });
    return undefined;
  }
  return pid;
}

/** Runs `npm ci` with the npm that runs us; resolves with its exit code. */
function npmCi() {
  const npm = process.env.npm_execpath;
  const isNpm = npm !== undefined && basename(npm) === 'npm-cli.js';
  const [command, first] = isNpm ? [process.execPath, [npm]] : ['npm', []];
  // Everything works without install scripts, so that none has to be trusted. Warnings about packages that would like
  // another Node, or that are deprecated, are for who maintains the lock file; the packages run on the Node in it.
  const flags = [
    '--ignore-scripts',
    '--include=dev',
    '--include=optional',
    '--no-audit',
    '--no-fund',
    '--loglevel=error',
  ];
  const patience = ['--fetch-retry-mintimeout=1000', '--fetch-retry-maxtimeout=10000'];
  // Not the flags of the `npm start` that runs us: they may name a workspace, another folder, or be none of npm's.
  const foreign = /^npm_config_(workspaces?|local_prefix|fresh|json|omit|include|only|production|global|dry_run)$/i;
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !foreign.test(name)));
  return new Promise((resolve) => {
    const child = spawn(command, [...first, 'ci', ...flags, ...patience], {
      cwd: root,
      stdio: ['ignore', 'ignore', 'inherit'],
      env,
    });
    child.once('error', (error) => {
      say(`npm cannot be started: ${error.message}`);
      resolve(127);
    });
    child.once('exit', (code, signal) => resolve(signal ? 130 : code));
  });
}

async function install() {
  await takeTurn();
  if (isInstalled()) return; // The one we waited for has done it.
  const begin = Date.now();
  const seconds = () => Math.round((Date.now() - begin) / 1000);
  say('installing the packages of package-lock.json (npm ci). The first time this takes up to a minute ...');
  const progress = setInterval(() => say(`still installing, ${seconds()} s`), 10_000);
  const code = await npmCi();
  clearInterval(progress);
  if (code !== 0) {
    fail(
      `npm ci ended with code ${code}; its own words are above. ENOTFOUND, ECONNREFUSED, EAI_AGAIN or ETIMEDOUT there mean ` +
        'that the registry cannot be reached: check the connection or the proxy (npm config get registry, https-proxy) ' +
        'and run the same command again.',
    );
  }
  say(`installed in ${seconds()} s`);
}

/** The rest is TypeScript that Node runs as it is, which the machine's own Node may be too old for. */
function checkNode() {
  const own = Number(process.versions.node.split('.')[0]);
  if (existsSync(node) || own >= nodeMajor) return;
  fail(
    `there is no Node ${nodeMajor} for ${process.platform}-${process.arch} among the packages, and this one is ` +
      `${process.version}. Install Node ${nodeMajor} or newer (https://nodejs.org) and run the same command again.`,
  );
}

if (process.platform === 'win32') fail('this runs on Linux and macOS; on Windows use WSL.');
if (Number(process.versions.node.split('.')[0]) < 20) fail(`Node 20 or newer is needed; this is ${process.version}.`);
if (!isInstalled()) {
  await install();
  if (existsSync(node) && spawnSync(node, ['--version']).status !== 0) {
    fail(`${node} does not run on this machine (it needs glibc; Alpine has another C library).`);
  }
}
checkNode();
