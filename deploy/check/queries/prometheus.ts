import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import { stringify } from 'yaml';

import { findPorts } from '../../local/ports.ts';
import type { SystemPlan } from '../../local/system-plan.ts';
import { observabilityFolder } from '../observability/files.ts';

/** A Prometheus that scrapes a system every second and works out the rules. */
export interface Prometheus extends AsyncDisposable {
  /** How many series a query gives at this moment. @throws Error when it is refused. */
  count(expr: string): Promise<number>;
}

const startLimitMs = 20_000;
const pollMs = 100;

/**
 * Starts the `prometheus` on the PATH; it ends with what it has stored when it is disposed.
 *
 * @throws Error with what it said when it does not start within 20 s.
 */
export async function startPrometheus(system: Pick<SystemPlan, 'operations'>): Promise<Prometheus> {
  await using resources = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), 'boxoffice-prometheus-'));
  resources.defer(() => rm(folder, { recursive: true, force: true }));
  const config = join(folder, 'prometheus.yml');
  await writeFile(config, stringify(configOf(system)));
  const [port] = await findPorts('127.0.0.1', [{ variable: 'the port of Prometheus', port: 0 }]);
  const flags = [
    `--config.file=${config}`,
    `--storage.tsdb.path=${join(folder, 'data')}`,
    `--web.listen-address=127.0.0.1:${port}`,
    '--log.level=warn',
  ];
  const program = spawn('prometheus', flags, { stdio: ['ignore', 'ignore', 'pipe'] });
  const exited = once(program, 'exit').catch(() => undefined);
  resources.defer(async () => {
    program.kill('SIGKILL');
    await exited;
  });
  let said = '';
  program.stderr.on('data', (text: Buffer) => void (said += text.toString()));
  const url = `http://127.0.0.1:${port}`;
  const endMs = performance.now() + startLimitMs;
  while (!(await isReady(url))) {
    if (program.exitCode !== null || performance.now() > endMs) throw new Error(`prometheus did not start: ${said}`);
    await delay(pollMs);
  }
  const started = resources.move();
  return { count: (expr) => count(url, expr), [Symbol.asyncDispose]: () => started.disposeAsync() };
}

function configOf({ operations }: Pick<SystemPlan, 'operations'>): object {
  const jobs = Map.groupBy(Object.entries(operations), ([name]) => name.replace(/-\d+$/, ''));
  return {
    global: { scrape_interval: '1s', scrape_timeout: '1s', evaluation_interval: '1s' },
    rule_files: [join(observabilityFolder, 'rules/*.yaml')],
    scrape_configs: [...jobs].map(([job_name, instances]) => ({
      job_name,
      static_configs: [{ targets: instances.map(([, port]) => `127.0.0.1:${port}`) }],
    })),
  };
}

async function isReady(url: string): Promise<boolean> {
  const answer = await fetch(`${url}/-/ready`, { signal: AbortSignal.timeout(1_000) }).catch(() => undefined);
  return answer?.ok === true;
}

async function count(url: string, query: string): Promise<number> {
  const answer = await fetch(`${url}/api/v1/query?${new URLSearchParams({ query }).toString()}`, {
    signal: AbortSignal.timeout(10_000),
  });
  const { data, error } = (await answer.json()) as { data?: { result: readonly unknown[] }; error?: string };
  if (data === undefined) throw new Error(error ?? `answered with ${answer.status}`);
  return data.result.length;
}
