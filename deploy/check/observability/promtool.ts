import { spawn } from 'node:child_process';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';

import { stringify } from 'yaml';

import type { Finding } from '../findings.ts';
import { observabilityFolder } from './files.ts';
import type { Query } from './queries.ts';

const timeoutMs = 20_000;

interface Ran {
  readonly output: string;
  readonly isOk: boolean;
}

/** Whether Prometheus's own tool is on the PATH. */
export async function hasPromtool(): Promise<boolean> {
  return (await promtool(['--version'])) !== undefined;
}

/** What Prometheus itself says of the config and of the rules. */
export async function checkByPromtool(): Promise<Finding[]> {
  return findingsOf('observability/prometheus.yml', await promtool(['check', 'config', 'prometheus.yml']));
}

/** Runs the tests of the rules. */
export async function testRules(): Promise<Finding[]> {
  const folder = join(observabilityFolder, 'rules/test');
  const files = (await readdir(folder)).filter((file) => file.endsWith('.yaml')).sort();
  return findingsOf('observability/rules/test', await promtool(['test', 'rules', ...files], folder));
}

/** Has queries read as rules: what is of the wrong type the grammar alone does not see. */
export async function checkQueriesByPromtool(queries: readonly Query[]): Promise<Finding[]> {
  const folder = await mkdtemp(join(tmpdir(), 'boxoffice-queries-'));
  try {
    const rules = queries.map(({ where, expr }, index) => ({ record: `query:${index}`, expr, labels: { where } }));
    await writeFile(join(folder, 'queries.yaml'), stringify({ groups: [{ name: 'queries', rules }] }));
    return findingsOf('observability/dashboards', await promtool(['check', 'rules', 'queries.yaml'], folder));
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Runs promtool; undefined where there is none. */
async function promtool(args: readonly string[], cwd = observabilityFolder): Promise<Ran | undefined> {
  const child = spawn('promtool', args, { cwd, stdio: ['ignore', 'pipe', 'pipe'], timeout: timeoutMs });
  const ended = new Promise<number | undefined>((resolve) => {
    child.once('error', () => resolve(undefined));
    child.once('close', (code) => resolve(code ?? 1));
  });
  const [out, err, code] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  return code === undefined ? undefined : { output: `${err}${out}`, isOk: code === 0 };
}

function findingsOf(where: string, ran: Ran | undefined): Finding[] {
  if (ran === undefined || ran.isOk) return [];
  const said = ran.output.split('\n').map((line) => line.trim());
  return [{ where, what: said.filter((line) => line !== '' && !line.includes('SUCCESS')).join(' ') }];
}
