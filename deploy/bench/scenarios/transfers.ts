import { durabilityOf } from '../durability.ts';
import { median, whole, type Figure } from '../figure.ts';
import { baselineLedger } from '../ledgers/baseline-ledger.ts';
import { accountCount, sourceCount, type LedgerKind, type LedgerUnderTest } from '../ledgers/ledger-under-test.ts';
import { ownLedger } from '../ledgers/own-ledger.ts';
import type { Bench } from '../scenario.ts';

const database = 'bench_transfers';
const rounds = 3;
const clientCounts = [1, 8, 32] as const;
const amount = 1_000n;
/** Before it is measured: connects, and plans. */
const warmUpShare = 0.2;

/** Between which accounts money moves: any source, any target, or always the same one. */
interface Work {
  readonly what: string;
  readonly from: () => number;
  readonly to: () => number;
  readonly ratioMin: number;
}

const anySource = (): number => Math.floor(Math.random() * sourceCount);
const anyTarget = (): number => sourceCount + Math.floor(Math.random() * (accountCount - sourceCount));
const works: readonly Work[] = [
  { what: 'between random accounts', from: anySource, to: anyTarget, ratioMin: 2 },
  { what: 'to one hot account', from: anySource, to: () => sourceCount, ratioMin: 4 },
  { what: 'from one hot account', from: () => 0, to: anyTarget, ratioMin: 4 },
];

const published =
  'published for such a baseline: 10,637/s on an M3; measured on a machine like this, at 1, 8 and 32 clients: ' +
  '824, 2,030, 2,692/s on random accounts, 1,553, 1,028, 683/s on a hot one';

/**
 * Transfers between 50 accounts, straight on the database, by the Ledger and by the baseline in turns: in a database of their
 * own, on the server that is measured.
 */
export async function transfers(bench: Bench): Promise<Figure[]> {
  await durabilityOf(bench.pool);
  const url = new URL(bench.system.databases.ledger);
  url.pathname = `/${database}`;
  await bench.pool.query(`create database ${database}`);
  try {
    const kinds = [baselineLedger, ownLedger].map((kind) => new Contender(kind, url.href));
    for (const kind of kinds) await kind.setUp();
    const figures: Figure[] = [];
    for (const work of works) figures.push(await compare(bench, work, kinds));
    for (const kind of kinds) await kind.audit();
    return figures;
  } finally {
    await bench.pool.query(`drop database ${database} with (force)`);
  }
}

/** One of the ledgers, and how often it said that it had moved money. */
class Contender {
  readonly #kind: LedgerKind;
  readonly #url: string;
  #acknowledged = 0;

  constructor(kind: LedgerKind, url: string) {
    this.#kind = kind;
    this.#url = url;
  }

  get name(): string {
    return this.#kind.name;
  }

  setUp(): Promise<void> {
    return this.#kind.setUp(this.#url);
  }

  /** Transfers a second, of so many clients that each wait for their own. */
  async rate(work: Work, clients: number, durationMs: number): Promise<number> {
    await using ledger = await this.#kind.open(this.#url, clients);
    await this.#transfer(ledger, work, clients, warmUpShare * durationMs);
    const beganAtMs = performance.now();
    const made = await this.#transfer(ledger, work, clients, durationMs);
    return made / ((performance.now() - beganAtMs) / 1_000);
  }

  /** @throws Error unless the ledger has all that it acknowledged, and nothing else. */
  async audit(): Promise<void> {
    const found = await this.#kind.audit(this.#url);
    if (found === this.#acknowledged) return;
    throw new Error(`${this.name} acknowledged ${this.#acknowledged} transfers and has ${found}`);
  }

  async #transfer(ledger: LedgerUnderTest, { from, to }: Work, clients: number, durationMs: number): Promise<number> {
    const before = this.#acknowledged;
    const endAtMs = performance.now() + durationMs;
    const client = async (): Promise<void> => {
      while (performance.now() < endAtMs) {
        await ledger.transfer(from(), to(), amount);
        this.#acknowledged++;
      }
    };
    await Promise.all(Array.from({ length: clients }, client));
    return this.#acknowledged - before;
  }
}

/** Rates of each contender, by the number of clients. */
type Rates = ReadonlyMap<Contender, ReadonlyMap<number, number>>;

async function compare(bench: Bench, work: Work, contenders: readonly Contender[]): Promise<Figure> {
  const durationMs = bench.secondsOr(2) * 1_000;
  const rates = new Map(contenders.map((contender) => [contender, new Map<number, number>()]));
  for (const clients of clientCounts) {
    const measured = new Map(contenders.map((contender) => [contender, [] as number[]]));
    for (let round = 0; round < rounds; round++) {
      for (const [contender, ofRounds] of measured) {
        bench.signal.throwIfAborted();
        ofRounds.push(await contender.rate(work, clients, durationMs));
      }
    }
    for (const [contender, ofRounds] of measured) rates.get(contender)?.set(clients, median(ofRounds));
    const said = contenders.map((contender) => `${contender.name} ${whole(rates.get(contender)?.get(clients) ?? 0)}/s`);
    bench.say(`  ${work.what}, ${clients} clients: ${said.join(', ')}`);
  }
  return figure(work, rates, contenders);
}

function figure(work: Work, rates: Rates, [baseline, own]: readonly Contender[]): Figure {
  const of = (contender: Contender | undefined): number[] => [
    ...((contender && rates.get(contender)) ?? new Map<number, number>()).values(),
  ];
  const ratio = Math.max(...of(own)) / Math.max(...of(baseline));
  const inWords = (all: readonly number[]): string => `${all.map(whole).join(', ')}/s`;
  const ratios = of(own).map((rate, nth) => (rate / (of(baseline)[nth] ?? NaN)).toFixed(1));
  return {
    scenario: 'transfers',
    what: `transfers/s ${work.what}, of ${accountCount}`,
    value: `${whole(Math.max(...of(own)))}/s, ${ratio.toFixed(2)} of the baseline`,
    target: `at least ${work.ratioMin} of the baseline, best against best`,
    met: ratio >= work.ratioMin,
    detail:
      `at ${clientCounts.join(', ')} clients, medians of ${rounds} rounds in turns: the Ledger ${inWords(of(own))}, ` +
      `the baseline ${inWords(of(baseline))}, ratios ${ratios.join(', ')}; fsync on; ${published}`,
  };
}
