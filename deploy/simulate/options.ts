import { parseArgs } from 'node:util';

import { usualSale, type Policy, type Sale } from './sale.ts';

/** What was typed cannot be meant. */
export class UsageError extends Error {}

/** A policy, with the words it was given by. */
export interface NamedPolicy extends Policy {
  readonly name: string;
}

interface Limit {
  readonly min: number;
  readonly max: number;
  readonly what: string;
}

const numbers: Readonly<Record<string, Limit & { readonly key: keyof Sale }>> = {
  people: { key: 'people', min: 1, max: 20_000_000, what: 'who come' },
  lobby: { key: 'lobbyShare', min: 0, max: 1, what: 'share of them that comes before the opening' },
  'rush-half-time': { key: 'rushHalfTime', min: 1, max: 86_400, what: 'half of the others come in so many seconds' },
  seats: { key: 'seats', min: 1, max: 1_000_000, what: 'on sale' },
  'seats-each': { key: 'seatsEach', min: 1, max: 10, what: 'seats that somebody wants' },
  'hold-time': { key: 'holdTime', min: 1, max: 86_400, what: 'seconds that seats stay held' },
  'choose-time': { key: 'chooseTime', min: 1, max: 86_400, what: 'seconds that half of them choose at most' },
  'pay-time': { key: 'payTime', min: 1, max: 86_400, what: 'seconds that half of them take to pay at most' },
  'give-up': { key: 'giveUpShare', min: 0, max: 1, what: 'share that looks, and goes' },
  abandon: { key: 'abandonShare', min: 0, max: 1, what: 'share that holds seats, and never pays' },
  decline: { key: 'declineShare', min: 0, max: 1, what: 'share whose payment is declined' },
  patience: {
    key: 'patience',
    min: 0,
    max: 86_400,
    what: 'seconds that people wait on average before they go; 0: they stay',
  },
  seed: { key: 'seed', min: 0, max: 2 ** 32 - 1, what: 'another number, another crowd' },
};
const policiesMax = 6;
const policiesDefault = ['max-active=500', 'max-active=2000', 'max-active=2000,admit=100/10s'];

/** What can be typed. */
export const usage = [
  'Usage: npm run simulate -- [options] [--policy <policy>]...',
  '',
  ...Object.entries(numbers).map(
    ([name, { key, what }]) => `  --${name.padEnd(14)} <n>  ${what}: ${usualSale[key]} unless told`,
  ),
  '',
  '  --policy  max-active=<n>,admit=<n>/<seconds>s,ttl=<seconds>s: any of them; several policies are compared',
  `            unless told: ${policiesDefault.join('  ')}`,
  '',
  'Plays a sale in a model, not on a system: how long people wait, who gets seats, and when all is sold, under each policy.',
].join('\n');

/** Reads the options; undefined when help is asked for. @throws UsageError */
export function readOptions(args: readonly string[]): { sale: Sale; policies: NamedPolicy[] } | undefined {
  const values = parse(args);
  if (values['help'] === true) return undefined;
  const told = Object.entries(numbers).flatMap(([name, limit]) => {
    const text = values[name];
    return typeof text === 'string' ? [[limit.key, numberOf(`--${name}`, text, limit)]] : [];
  });
  const sale: Sale = { ...usualSale, ...(Object.fromEntries(told) as Partial<Sale>) }; // Keys of the table above.
  const texts = Array.isArray(values['policy']) ? values['policy'].map(String) : policiesDefault;
  if (texts.length > policiesMax) throw new UsageError(`at most ${policiesMax} policies are compared`);
  if (sale.abandonShare + sale.declineShare > 1) throw new UsageError('--abandon and --decline are more than all');
  return { sale, policies: texts.map(policyOf) };
}

function parse(args: readonly string[]): Record<string, unknown> {
  try {
    const text = Object.fromEntries(Object.keys(numbers).map((name) => [name, { type: 'string' } as const]));
    const options = { ...text, policy: { type: 'string', multiple: true }, help: { type: 'boolean' } } as const;
    return parseArgs({ args: [...args], options }).values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error), { cause: error });
  }
}

function policyOf(text: string): NamedPolicy {
  const policy = { name: text, maxActive: 0, admitCount: 0, admitInterval: 0, activeTtl: 300 };
  for (const part of text.split(',')) {
    const [, name, first = '', second] = /^(max-active|admit|ttl)=(\d+)(?:\/(\d+))?s?$/.exec(part.trim()) ?? [];
    if (name === 'max-active' && second === undefined) policy.maxActive = Number(first);
    else if (name === 'ttl' && second === undefined) policy.activeTtl = Number(first);
    else if (name === 'admit' && second !== undefined) {
      policy.admitCount = Number(first);
      policy.admitInterval = Number(second);
    } else throw new UsageError(`"${part}" of the policy "${text}" is none of max-active=200, admit=100/10s, ttl=300s`);
  }
  if (policy.maxActive === 0 && policy.admitCount === 0)
    throw new UsageError(`the policy "${text}" lets everybody in at once`);
  if (policy.activeTtl === 0 || (policy.admitCount > 0 && policy.admitInterval === 0)) {
    throw new UsageError(`the policy "${text}" has a time of 0`);
  }
  return policy;
}

function numberOf(name: string, text: string, { min, max }: Limit): number {
  const value = /^\d+(?:\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
  const isWhole = max <= 1 || Number.isInteger(value);
  if (!(value >= min && value <= max) || !isWhole) throw new UsageError(`${name} is a number from ${min} to ${max}`);
  return value;
}
