import { spawn, spawnSync } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from '@boxoffice/runtime/testing/tests';
import type { Web } from '../web.ts';
import type { DialectShop } from './dialect-shop.ts';

const hasTools = ['curl', 'bash'].every((tool) => spawnSync(tool, ['--version']).status === 0);
const whereToolsAre = hasTools ? describe : describe.skip;
if (!hasTools) {
  process.stderr.write('bash and curl are needed to run the lines of bff/dialects/README.md: they are NOT tested\n');
}

const scriptMaxMs = 20_000;
/** Keeps each answer and its status beside what the lines do with it. */
const watchedCurl = `curl() {
  local kept; kept=$(mktemp -p "$KEPT")
  command curl --max-time 10 -o "$kept" -w '%{http_code}' "$@" > "$kept.status"
  cat "$kept"
}`;
const success: Readonly<Record<string, RegExp>> = {
  a: /^\{"code":"SUCC","data":/,
  c: /^\{"success":true,"data":/,
  e: /^\{"(?:result":"200","message":"Success","data":\{|balance":\d+\.00\}|concertOptions":\[|seats":\[)/,
};

interface Kept {
  readonly status: string;
  readonly answer: string;
}

async function keptIn(folder: string): Promise<Kept[]> {
  const names = (await readdir(folder)).filter((name) => !name.endsWith('.status'));
  const read = (name: string): Promise<string> => readFile(join(folder, name), 'utf8');
  return Promise.all(names.map(async (name) => ({ status: await read(`${name}.status`), answer: await read(name) })));
}

/**
 * Runs the lines of the README of the dialects.
 *
 * @param theShop like `npm start` has it: the first concert and its first date have the id 1 and cost 99,000, and members 1 to
 * 3 have some money.
 */
export function readmeCases(theShop: () => DialectShop): void {
  whereToolsAre('the lines of the README', () => {
    let web: Web;
    let folder: string;
    let blocks: Map<string, string>;
    beforeAll(async () => {
      web = await theShop().system.bff({ JOINS_PER_MEMBER: '10' });
      folder = await mkdtemp(join(tmpdir(), 'dialects-readme-'));
      const readme = await readFile(new URL('../../dialects/README.md', import.meta.url), 'utf8');
      const found = readme.matchAll(/^## `\/(\w)`$[^]*?^```sh$\n([^]*?)^```$/gm);
      blocks = new Map(Array.from(found, ([, name = '', block = '']) => [name, block]));
    });
    afterAll(() => rm(folder, { recursive: true }));

    test('are there for each dialect, and name every call of it', () => {
      expect([...blocks.keys()]).toEqual(['a', 'c', 'e']);
      expect([...blocks.values()].map((block) => block.match(/\bcurl /g)?.length)).toEqual([11, 9, 7]);
    });

    test.each(['a', 'c', 'e'])('play a purchase in %s as they are printed', async (name) => {
      const kept = await mkdtemp(join(folder, `${name}-`));
      const lines = (blocks.get(name) ?? '').replaceAll('http://localhost:8080', web.url);
      const bash = spawn('bash', ['-euo', 'pipefail'], {
        env: { ...process.env, KEPT: kept },
        stdio: ['pipe', 'pipe', 'pipe'],
        timeout: scriptMaxMs,
      });
      bash.stdin.end(`${watchedCurl}\n${lines}`);
      const [errors, code] = await Promise.all([
        text(bash.stderr),
        new Promise((resolve) => bash.once('close', resolve)),
        text(bash.stdout),
      ]);
      expect([errors, code]).toEqual(['', 0]);
      const answers = await keptIn(kept);
      expect(answers.length).toBeGreaterThanOrEqual(7);
      for (const { status, answer } of answers) {
        expect([status, answer]).toEqual(['200', expect.stringMatching(success[name] ?? /$^/)]);
      }
      const { body } = await web.get(`/v1/members/${'ace'.indexOf(name) + 1}/reservations`);
      expect(body.reservations.map(({ status, amount }) => [status, amount])).toEqual([['CONFIRMED', 99_000]]);
    });
  });
}
