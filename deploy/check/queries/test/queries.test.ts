import { spawnSync } from 'node:child_process';

import { isRedisInstalled } from '@boxoffice/runtime/testing/redis-installed';
import { testRedis } from '@boxoffice/runtime/testing/redis';
import { beforeAll, describe, expect, test } from '@boxoffice/runtime/testing/tests';

import { startTestSystem, startTimeoutMs } from '../../../local/test/running-system.ts';
import { until } from '../../../local/test/until.ts';
import { metricOf, metrics } from '../../../observability/metrics.ts';
import { readRules } from '../../observability/files.ts';
import { allQueries, selectorsOf, type Selector } from '../../observability/queries.ts';
import { finds } from '../matching.ts';
import { PlayedSale } from '../played-sale.ts';
import { scrape, seriesOf, typesOf, type Exposition, type Series } from '../series.ts';

const hasRedis = isRedisInstalled();
const hasPromtool = spawnSync('promtool', ['--version']).status === 0;

/** What a little sale comes to. */
const sold: Readonly<Record<string, number>> = {
  boxoffice_queue_joins_total: 5,
  boxoffice_queue_admitted_total: 3,
  boxoffice_queue_wait_seconds_count: 3,
  'boxoffice_queue_tickets_over_total{how="COMPLETED"}': 1,
  'boxoffice_queue_tickets_over_total{how="LEFT"}': 1,
  'boxoffice_inventory_holds_total{outcome="held"}': 2,
  'boxoffice_inventory_holds_total{outcome="refused"}': 1,
  boxoffice_inventory_seats_held_total: 4,
  boxoffice_inventory_seats_sold_total: 2,
  boxoffice_inventory_seats_refunded_total: 2,
  'boxoffice_ledger_payments_total{status="PAID"}': 1,
  'boxoffice_ledger_payments_total{status="DECLINED"}': 1,
  'boxoffice_ledger_payments_total{status="REFUNDED"}': 1,
  boxoffice_ledger_paid_won_total: 20_000,
  boxoffice_ledger_charged_won_total: 20_000,
};

/** Of a series, the sum over all programs that have it. */
function total(texts: readonly Exposition[], series: string): number {
  const lines = texts.flatMap(({ text }) => text.split('\n').filter((line) => line.startsWith(`${series} `)));
  return lines.reduce((sum, line) => sum + Number(line.slice(series.length + 1)), 0);
}

/** A system that is well, after a little sale, as its programs tell of it. */
let expositions: readonly Exposition[];
let series: readonly Series[];
beforeAll(async () => {
  await using resources = new AsyncDisposableStack();
  const redis = hasRedis ? resources.use(await testRedis()) : undefined;
  const variables = { OPERATIONS_PORT: '0', REDIS_URL: redis?.url };
  const running = await startTestSystem({ catalogue: false, variables });
  resources.defer(() => running.stop());
  resources.use(await PlayedSale.play(running.system));
  // They are counted with the events that tell of them, within a second.
  await until(async () => {
    expositions = await scrape(running.system);
    return Object.entries(sold).every(([name, count]) => total(expositions, name) >= count);
  }, 10_000);
  series = seriesOf(expositions);
}, startTimeoutMs);

/** They are of the time since the last scrape, and a summary's are not. */
const deliberate = 'boxoffice_event_loop_delay_seconds non-summary metrics should not have "quantile" label';

const without = hasRedis ? '' : ' (all but those of Redis: there is no redis-server on the PATH)';

test(`every query of every dashboard and rule asks for what a running system has${without}`, async () => {
  const findable = { series, recorded: await recordedNames() };
  const missing = (await allQueries()).flatMap(({ where, expr }) =>
    selectorsOf(expr)
      .filter((selector) => hasRedis || !selector.metric.startsWith('boxoffice_redis_'))
      .filter((selector) => !finds(selector, findable))
      .map((selector) => `${where}: ${shown(selector)}`),
  );
  expect(missing).toEqual([]);
});

/** Names that rules record what they have computed by; what that is made of is a query of its own. */
async function recordedNames(): Promise<ReadonlySet<string>> {
  const names = (await readRules()).flatMap(({ text }) => [...text.matchAll(/^\s*- record: (\S+)$/gm)]);
  return new Set(names.map(([, name = '']) => name));
}

test(`the table of metrics tells of all that programs export, and of nothing else${without}`, () => {
  const told = metrics
    .filter(({ name }) => hasRedis || !name.startsWith('boxoffice_redis_'))
    .flatMap(({ name, type, of, labels = {} }) =>
      of.map((job) => `${job} ${type} ${name}{${Object.keys(labels).sort().join(',')}}`),
    );
  const exported = expositions.flatMap((exposition) =>
    [...typesOf(exposition)].map(([name, type]) => {
      const { job } = exposition.labels;
      const one = series.find(({ metric, labels }) => {
        return labels['job'] === job && (metric === name || metric === `${name}_count`);
      });
      const labels = Object.keys(one?.labels ?? {}).filter((label) => label !== 'job' && label !== 'instance');
      return `${job} ${type} ${name}{${labels.sort().join(',')}}`;
    }),
  );
  expect(exported.sort()).toEqual(told.sort());
});

test('labels have the values that the table tells of', () => {
  const strange = series.flatMap(({ metric, labels }) =>
    Object.entries(metricOf(metric)?.labels ?? {}).flatMap(([name, values]) =>
      typeof values === 'string' || values.includes(labels[name] ?? '') ? [] : `${metric}{${name}="${labels[name]}"}`,
    ),
  );
  expect(strange).toEqual([]);
});

test('what a sale has come to is told in numbers, whichever programs have counted it', () => {
  expect(Object.fromEntries(Object.keys(sold).map((name) => [name, total(expositions, name)]))).toEqual(sold);
});

(hasPromtool ? describe : describe.skip)(`promtool${hasPromtool ? '' : ' (SKIPPED: it is not on the PATH)'}`, () => {
  test.each(['queue', 'inventory', 'ledger', 'worker', 'bff'])('takes what the %s exposes', (job) => {
    const input = expositions.find(({ labels }) => labels.job === job)?.text ?? '';
    const { stdout, stderr } = spawnSync('promtool', ['check', 'metrics'], { input, encoding: 'utf8' });
    const complaints = `${stdout}${stderr}`.split('\n').filter((line) => line !== '' && !line.startsWith(deliberate));
    expect(complaints).toEqual([]);
  });
});

describe('a selector', () => {
  const found = { series: [{ metric: 'rpcs', labels: { job: 'bff', code: 'OK' } }], recorded: new Set(['a:b']) };
  const of = (metric: string, name?: string, op = '=', value = ''): boolean =>
    finds({ metric, labels: name === undefined ? [] : [{ name, op, value }] }, found);

  test('finds what has the labels that it asks for', () => {
    expect(of('rpcs')).toBe(true);
    expect(of('rpcs', 'job', '=', 'bff')).toBe(true);
    expect(of('rpcs', 'job', '=~', 'b.*')).toBe(true);
    expect(of('rpcs', 'job', '!=', 'bff')).toBe(false);
    expect(of('rpcs', 'job', '!~', 'q.*')).toBe(true);
    expect(of('rpcs', 'job', '=~', 'f')).toBe(false);
    expect(of('rpcs', 'program', '!=', '')).toBe(false);
    expect(of('other')).toBe(false);
  });

  test('finds what a rule records, and failures that have not been', () => {
    expect(of('a:b', 'job', '=', 'any')).toBe(true);
    expect(of('rpcs', 'code', '=~', 'UNAVAILABLE|INTERNAL')).toBe(true);
    expect(of('rpcs', 'code', '=', 'TYPO')).toBe(false);
    expect(of('rpcs', 'status', '=', '500')).toBe(false);
  });
});

function shown({ metric, labels }: Selector): string {
  return `${metric}{${labels.map(({ name, op, value }) => `${name}${op}"${value}"`).join(',')}}`;
}
