import type { Scenario } from '../scenario.ts';
import { alone } from './alone.ts';
import { capacity } from './capacity.ts';
import { joins } from './joins.ts';
import { pairs } from './pairs.ts';
import { polls } from './polls.ts';
import { tick } from './tick.ts';
import { watchers } from './watchers.ts';

/** The scenarios of the queue, in the order in which they run: first what needs an idle system. */
export const queueScenarios: ReadonlyMap<string, Scenario> = new Map(
  Object.entries({ alone, polls, tick, watchers, joins, pairs, capacity }),
);
