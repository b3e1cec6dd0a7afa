import { parseArgs } from 'node:util';

/** How big the on-sale is. */
export interface DemoOptions {
  readonly members: number;
  readonly seats: number;
  /** How many may be inside at once. */
  readonly maxActive: number;
}

/** What was typed cannot be meant. */
export class UsageError extends Error {}

const limits = {
  members: { default: 300, max: 2_000, what: 'members who come' },
  seats: { default: 50, max: 1_000, what: 'seats on sale' },
  'max-active': { default: 20, max: 1_000, what: 'members inside at once' },
} as const;

/** What can be typed. */
export const usage = [
  'Usage: npm run demo -- [options]',
  '',
  ...Object.entries(limits).map(
    ([name, { default: value, max, what }]) =>
      `  --${name.padEnd(10)} <n>  ${what}: ${value} unless told, up to ${max}`,
  ),
  '',
  'Plays an on-sale against the system that runs with BOXOFFICE_HOME, or against one that it starts. Ends with 0 if all',
  'invariants hold afterwards, and the seats are sold or nobody is left waiting.',
].join('\n');

/**
 * Reads the options; undefined when help is asked for.
 *
 * @throws UsageError
 */
export function readOptions(args: readonly string[]): DemoOptions | undefined {
  const values = parse(args);
  if (values.help) return undefined;
  return {
    members: count('members', values.members),
    seats: count('seats', values.seats),
    maxActive: count('max-active', values['max-active']),
  };
}

function parse(args: readonly string[]) {
  try {
    const text = { type: 'string' } as const;
    const options = { members: text, seats: text, 'max-active': text, help: { type: 'boolean' } } as const;
    return parseArgs({ args: [...args], options }).values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error), { cause: error });
  }
}

function count(name: keyof typeof limits, text: string | undefined): number {
  const { default: value, max } = limits[name];
  if (text === undefined) return value;
  const number = /^[1-9]\d{0,5}$/.test(text) ? Number(text) : 0;
  if (number === 0 || number > max) throw new UsageError(`--${name} has to be a whole number from 1 to ${max}`);
  return number;
}
