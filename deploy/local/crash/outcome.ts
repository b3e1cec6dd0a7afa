/** What a member can see when everything is quiet. */
export interface Facts {
  readonly balance: bigint;
  readonly held: bigint;
  /** The kinds of the movements on the account, oldest first. */
  readonly movements: readonly string[];
  /** The states of the reservations, oldest first. */
  readonly reservations: readonly string[];
  /** Whether a hold was extended. */
  readonly extended: boolean;
  readonly ticket: string | undefined;
}

/** How a protocol has ended for a member. */
export type Outcome = 'not charged' | 'charged' | 'open' | 'held' | 'extended' | 'paid' | 'refunded';

type Shape = readonly [movements: string, reservation: string, ticket: string, balance: 'all' | 'none'];

/** All of it or nothing: how each outcome looks on the account, at the seats and in the queue. */
const shapes: Readonly<Record<Exclude<Outcome, 'extended'>, readonly Shape[]>> = {
  'not charged': [['', '', '', 'none']],
  charged: [['CHARGE', '', '', 'all']],
  open: [
    ['CHARGE', '', 'ADMITTED', 'all'],
    ['CHARGE', 'CANCELLED', 'ADMITTED', 'all'],
  ],
  held: [
    ['CHARGE', 'PENDING', 'ADMITTED', 'all'],
    // Given up, and held once more by the same request.
    ['CHARGE', 'CANCELLED PENDING', 'ADMITTED', 'all'],
  ],
  paid: [['CHARGE PAYMENT', 'CONFIRMED', 'COMPLETED', 'none']],
  refunded: [['CHARGE PAYMENT REFUND', 'REFUNDED', 'COMPLETED', 'all']],
};

/** The outcome that the facts are, of a member who was given as much money as a seat costs; in words what is torn apart. */
export function outcomeOf(facts: Facts, price: bigint): Outcome | `torn: ${string}` {
  const money = facts.held === 0n ? ({ [`${price}`]: 'all', '0': 'none' } as const)[`${facts.balance}`] : undefined;
  const shape = [facts.movements.join(' '), facts.reservations.join(' '), facts.ticket ?? '', money].join();
  const outcomes = Object.keys(shapes) as (keyof typeof shapes)[];
  const outcome = outcomes.find((name) => shapes[name].some((known) => known.join() === shape));
  if (outcome === undefined) return `torn: ${wordsOf(facts)}`;
  return outcome === 'held' && facts.extended ? 'extended' : outcome;
}

function wordsOf({ balance, held, movements, reservations, ticket }: Facts): string {
  const money = `balance ${balance}, ${held} held`;
  return `${money}; movements [${movements.join(' ')}]; reservations [${reservations.join(' ')}]; ticket ${ticket ?? 'none'}`;
}
