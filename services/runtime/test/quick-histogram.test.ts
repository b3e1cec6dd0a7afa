import { createLogger } from '../log.ts';
import { openMetrics } from '../telemetry/metrics.ts';
import { quickHistogram } from '../telemetry/quick-histogram.ts';
import { expect, test } from '../testing/tests.ts';

test('a quick histogram is exported as one of the SDK is', async () => {
  await using metrics = openMetrics({ log: createLogger('test', 'silent') });
  const { meter } = metrics;
  const description = 'How long it took';
  const boundaries = [0.1, 1];
  const quick = quickHistogram(meter, { name: 'quick_seconds', description, boundaries });
  const plain = meter.createHistogram('plain_seconds', {
    description,
    advice: { explicitBucketBoundaries: boundaries },
  });
  for (const door of ['a', 'b']) {
    const series = quick.series({ door });
    for (const value of [0.05, 0.1, 0.5, 7]) {
      series.record(value);
      plain.record(value, { door });
    }
  }
  const text = await metrics.expose();
  const linesOf = (name: string): string[] => text.split('\n').filter((line) => line.includes(name));
  expect(linesOf('plain_seconds_bucket')).toHaveLength(6);
  expect(linesOf('quick_seconds')).toEqual(linesOf('plain_seconds').map((line) => line.replace('plain', 'quick')));
});
