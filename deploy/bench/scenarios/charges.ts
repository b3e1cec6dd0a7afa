import { invariants } from '@boxoffice/ledger/invariants';
import { schema } from '@boxoffice/ledger/migrations/index';
import { violations } from '@boxoffice/runtime/database/invariant';
import { openPool, type Pool } from '@boxoffice/runtime/database/pool';

import { openMembers, openServices } from '../bench-sale.ts';
import { CpuMeter, inCores } from '../cpu-meter.ts';
import { durabilityOf } from '../durability.ts';
import { errorCount, errorsInWords, quantiles, whole, type Figure } from '../figure.ts';
import { Generator, latenciesOf, perSecond } from '../load/run-load.ts';
import type { LoadResult } from '../load/tally.ts';
import type { Bench } from '../scenario.ts';

const members = 1_000;
const memberPrefix = 'charge-';
const connections = 64;
const amount = 1_000;
const targetMin = 4_000;
/** So many are told twice, afterwards: under the same keys they are no charges. */
const repeatedMax = 1_000;
const published = 'a published system of this kind on a machine like this: 390/s with a pool of 10, 1,050/s with 100';

/** Charges through the BFF, each under an idempotency key; then the books are compared with what was acknowledged. */
export async function charges(bench: Bench): Promise<Figure[]> {
  const { system, signal, charges: requests } = bench;
  await using services = openServices(bench);
  await using pool = openPool({
    url: system.databases.ledger,
    schema,
    applicationName: 'bench',
    max: 1,
    statementTimeoutMs: 180_000,
  });
  const durability = await durabilityOf(pool);
  await openMembers(services, memberPrefix, members);
  await using generator = new Generator();
  const keySeed = Date.now() >>> 0;
  const play = (count: number): Promise<LoadResult> =>
    generator.play(
      {
        kind: 'counted',
        target: bench.target,
        plan: { kind: 'charges', memberPrefix, members, amount, keySeed },
        connections,
        requests: count,
      },
      signal,
    );
  const cpu = await CpuMeter.start(bench);
  const result = await play(requests);
  const cores = inCores(await cpu.read(), result.seconds);
  const again = await play(Math.min(repeatedMax, requests));
  const rate = perSecond(result);
  return [
    {
      scenario: 'charges',
      what: `charges/s through the BFF, ${whole(members)} members, ${connections} in flight, durable`,
      value: `${whole(rate)}/s`,
      target: `at least ${whole(targetMin)}/s, no error`,
      met: rate >= targetMin && errorCount(result) === 0,
      detail:
        `${whole(latenciesOf(result).count)} charges in ${result.seconds.toFixed(1)} s: ${quantiles(latenciesOf(result))}, ` +
        `${errorsInWords(result)}; cores: generator ${result.generatorCores.toFixed(2)}, ${cores}; ${durability}; ${published}`,
    },
    await booksFigure(pool, result, again),
  ];
}

interface Books {
  readonly balances: bigint | null;
  readonly charges: bigint;
}

/** Whether the books have every charge that was acknowledged, once. */
async function booksFigure(pool: Pool, result: LoadResult, again: LoadResult): Promise<Figure> {
  const acknowledged = latenciesOf(result).count;
  const { rows } = await pool.query<Books>(
    `select (select sum(posted)::bigint from accounts where member_id like $1) as balances,
       (select count(*) from entries join accounts on accounts.id = account_id where member_id like $1) as charges`,
    [`${memberPrefix}%`],
  );
  const [{ balances, charges: booked } = { balances: null, charges: 0n }] = rows;
  const violated = (await violations(pool, invariants)).map(({ invariant }) => invariant.id);
  const isWhole = balances === BigInt(acknowledged) * BigInt(amount) && Number(booked) === acknowledged;
  return {
    scenario: 'charges',
    what: 'acknowledged charges that are booked, each once',
    value: `${whole(Number(booked))} of ${whole(acknowledged)}`,
    target: 'all, the balances are their sum, and no invariant is violated',
    met: isWhole && violated.length === 0 && errorCount(result) + errorCount(again) === 0,
    detail:
      `balances of together ${whole(Number(balances))}, charged ${whole(acknowledged * amount)}; ` +
      `${whole(latenciesOf(again).count)} of them told again under the same keys: ${errorsInWords(again)}; ` +
      (violated.length === 0 ? 'all invariants of the Ledger hold' : `violated: ${violated.join(', ')}`),
  };
}
