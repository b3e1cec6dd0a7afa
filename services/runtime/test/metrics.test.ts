import { createLogger } from '../log.ts';
import { openMetrics } from '../telemetry/metrics.ts';
import { expect, test } from '../testing/tests.ts';

test('what a gauge does not tell any more is not exposed, though what failed once comes back', async () => {
  await using metrics = openMetrics({ log: createLogger('test', 'silent') });
  const { meter, expose } = metrics;
  let dates = ['1', '2'];
  meter.createObservableGauge('waiting').addCallback((result) => {
    if (dates.length === 0) throw new Error('the database is away');
    dates.forEach((date) => result.observe(Number(date), { date }));
  });
  meter.createObservableGauge('other').addCallback((result) => result.observe(1));
  const told = async (): Promise<string[]> => (await expose()).split('\n').filter((line) => /^[a-z]/.test(line));

  expect(await told()).toEqual(['waiting{date="1"} 1', 'waiting{date="2"} 2', 'other 1']);
  dates = ['2', '3'];
  expect(await told()).toEqual(['waiting{date="2"} 2', 'waiting{date="3"} 3', 'other 1']);
  dates = [];
  expect(await told()).toEqual(['other 1']);
  dates = ['1'];
  expect(await told()).toEqual(['waiting{date="1"} 1', 'other 1']);
});
