import { openServices, prepareSale, type Services } from '../bench-sale.ts';
import { retireQueue } from '../bench-queue.ts';
import { CpuMeter, inMsEach, type CpuTimes } from '../cpu-meter.ts';
import { errorCount, errorsInWords, milliseconds, quantiles, whole, type Figure } from '../figure.ts';
import { Histogram } from '../load/histogram.ts';
import type { Payable } from '../load/requests.ts';
import { Generator, latenciesOf, perSecond } from '../load/run-load.ts';
import type { LoadResult } from '../load/tally.ts';
import type { Bench } from '../scenario.ts';

const connections = 64;
/** Paid before anything is measured, and one at a time on the idle system. */
const warmUps = 300;
const alone = 200;
const quotientMax = 5;

/** Payments of seats that are held already, through the BFF. */
export async function payments(bench: Bench): Promise<Figure[]> {
  await using services = openServices(bench);
  await using generator = new Generator();
  const count = bench.payments;
  bench.say(`  preparing a sale of ${whole(count + warmUps + 2 * alone)} seats ...`);
  const { scheduleId, payables } = await prepareSale(bench, services, count + warmUps + 2 * alone);
  let taken = 0;
  const take = (some: number): Payable[] => payables.slice(taken, (taken += some));
  let keySeed = Date.now() >>> 0;
  const pay = (some: number, atOnce: number): Promise<LoadResult> =>
    generator.play(
      {
        kind: 'counted',
        target: bench.target,
        plan: { kind: 'payments', payables: take(some), keySeed: keySeed++ >>> 0 },
        connections: atOnce,
        requests: some,
      },
      bench.signal,
    );

  await pay(warmUps, connections);
  const cpu = await CpuMeter.start(bench);
  const result = await pay(count, connections);
  const times = await cpu.read();
  const oneByOne = await pay(alone, 1);
  const steps = await stepsOf(services, scheduleId, take(alone));
  await retireQueue(bench, scheduleId);
  return [figure(result, times), aloneFigure(oneByOne, steps)];
}

function figure(result: LoadResult, times: CpuTimes): Figure {
  const all = latenciesOf(result);
  const quotient = all.quantileMs(0.99) / all.quantileMs(0.5);
  return {
    scenario: 'payments',
    what: `payments/s through the BFF, seats already held, ${connections} in flight`,
    value: `${whole(perSecond(result))}/s, p99 ${quotient.toFixed(1)} times p50`,
    target: `p99 under ${quotientMax} times p50, no error`,
    met: quotient < quotientMax && errorCount(result) === 0,
    detail:
      `${whole(all.count)} payments: ${quantiles(all)}, ${errorsInWords(result)}; ` +
      `processor time of a payment in ms: ${inMsEach(times, all.count)}; more in flight than the Ledger has connections (10)`,
  };
}

function aloneFigure(oneByOne: LoadResult, steps: string): Figure {
  const all = latenciesOf(oneByOne);
  return {
    scenario: 'payments',
    what: 'a payment, one at a time on the idle system, end to end',
    value: `p50 ${milliseconds(all.quantileMs(0.5))}`,
    detail: `${whole(all.count)} payments: ${quantiles(all)}, ${errorsInWords(oneByOne)}; where the time goes (p50): ${steps}`,
  };
}

/** How long the calls take of which a payment consists, each by itself. */
async function stepsOf(
  { queue, inventory, ledger }: Services,
  scheduleId: bigint,
  payables: readonly Payable[],
): Promise<string> {
  const p50 = async (call: (payable: Payable) => Promise<unknown>): Promise<string> => {
    const histogram = new Histogram();
    for (const payable of payables) {
      const beganAtMs = performance.now();
      await call(payable);
      histogram.record(performance.now() - beganAtMs);
    }
    return milliseconds(histogram.quantileMs(0.5));
  };
  const verify = await p50(({ token }) => queue.verify({ token, scheduleId }));
  const read = await p50(({ reservationId }) => inventory.getReservation({ reservationId }));
  const pay = await p50(({ token, reservationId }) => ledger.pay({ token, reservationId }));
  return (
    `${pay} for the Ledger's Pay without the BFF, with everything behind it; of which, at once, the Queue's Verify ${verify} ` +
    `and Inventory's GetReservation ${read}; the rest are setting the money aside, Inventory's decision, posting, and the ` +
    `end of the ticket`
  );
}
