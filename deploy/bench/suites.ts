import type { Scenario } from './scenario.ts';
import { alone } from './scenarios/alone.ts';
import { capacity } from './scenarios/capacity.ts';
import { catalogue } from './scenarios/catalogue.ts';
import { charges } from './scenarios/charges.ts';
import { entries } from './scenarios/entries.ts';
import { joins } from './scenarios/joins.ts';
import { pairs } from './scenarios/pairs.ts';
import { payments } from './scenarios/payments.ts';
import { polls } from './scenarios/polls.ts';
import { reservations } from './scenarios/reservations.ts';
import { telemetry } from './scenarios/telemetry.ts';
import { tick } from './scenarios/tick.ts';
import { transfers } from './scenarios/transfers.ts';
import { watchers } from './scenarios/watchers.ts';

/** Scenarios that belong together. A name is one scenario's in all suites: results are kept by it. */
export interface Suite {
  /** In words, for the usage. */
  readonly about: string;
  /** In the order in which they run: first what needs an idle system. */
  readonly scenarios: ReadonlyMap<string, Scenario>;
  /** Whatever happens, it does not take longer. */
  readonly limitMinutes: number;
}

const suite = (about: string, limitMinutes: number, scenarios: Readonly<Record<string, Scenario>>): Suite => ({
  about,
  limitMinutes,
  scenarios: new Map(Object.entries(scenarios)),
});

/** What can be measured. */
export const suites: ReadonlyMap<string, Suite> = new Map(
  Object.entries({
    queue: suite('the waiting room; 8 minutes', 30, { alone, polls, tick, watchers, joins, pairs, capacity }),
    bff: suite('what everybody looks at; 2 minutes', 10, { catalogue }),
    ledger: suite('the money; 5 minutes', 30, { payments, transfers, charges }),
    telemetry: suite('what it costs to be looked at; 3 minutes', 15, { telemetry }),
    seed: suite('reading ten million rows; 15 minutes, 14 GB of disk', 90, { reservations, entries }),
  }),
);

/** All scenarios, in the order of their results. */
export const scenarioNames: readonly string[] = [...suites.values()].flatMap(({ scenarios }) => [...scenarios.keys()]);
