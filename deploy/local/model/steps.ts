import { isDeepStrictEqual } from 'node:util';

import fc from 'fast-check';

import { done, ticketOf, type Death, type Member, type Outcome, type Sale, type Seat } from './sale.ts';
import { known, type Stage } from './stage.ts';
import { newRequestId } from './world.ts';

/** What a step needs to know: which of those that there are, by numbers that are taken modulo how many there are. */
interface Choice {
  readonly who: number;
  readonly which: number;
  readonly seats: number;
  readonly amount: number;
  readonly death: Death | undefined;
  readonly retried: boolean;
}

interface Step {
  readonly name: string;
  /** Nothing where it cannot be taken yet. */
  readonly plan: (sale: Sale, choice: Choice) => Plan | undefined;
}

/** A step with all that is chosen. */
interface Plan {
  readonly what: string;
  /** Does it in the model. */
  readonly expect: () => Outcome;
  /** Does it in the system. */
  readonly take: (stage: Stage) => Promise<Outcome>;
}

/** Where in the code a Ledger dies that gets so far. */
const faults = {
  pay: { written: 'pay/t1-written', begun: 'pay/t1-committed', decided: 'pay/decided', settled: 'pay/settled' },
  refund: {
    written: 'refund/begin-written',
    begun: 'refund/begun',
    decided: 'refund/decided',
    settled: 'refund/settled',
  },
} as const satisfies Record<string, Record<Death, string>>;

const pick = <T>(from: readonly T[], nth: number): T | undefined => from[nth % Math.max(1, from.length)];
const joined = ({ members }: Sale): Member[] => members.filter(({ tickets }) => tickets.length > 0);
const tokenOf = (stage: Stage, member: Member): string => known(stage.tokens, ticketOf(member));

/** Some of a list, at least one: a bit each. */
function some<T>(from: readonly T[], bits: number): T[] {
  const chosen = from.filter((_, nth) => (bits >> nth) & 1);
  return chosen.length > 0 ? chosen : from.slice(0, 1);
}

/** Makes a request, and again with the same id if that is planned: whoever was answered has to get the same answer. */
async function request(stage: Stage, retried: boolean, call: (requestId: string) => Promise<unknown>, fault?: string) {
  const requestId = newRequestId();
  const outcome = await stage.outcomeOf(() => call(requestId), fault);
  if (!retried || outcome === 'died') return outcome;
  const again = await stage.outcomeOf(() => call(requestId));
  if (again !== outcome) throw new Error(`${outcome}, and asked again: ${again}`);
  return outcome;
}

const steps: readonly Step[] = [
  {
    name: 'join',
    plan: (sale, { who }) => {
      const member = pick(sale.members, who);
      if (member === undefined) return undefined;
      return {
        what: `member ${sale.members.indexOf(member)} joins`,
        expect: () => `ticket ${sale.join(member).number}`,
        take: async (stage) => {
          const memberId = known(stage.memberIds, member);
          const { token, ticket } = await stage.world.queue().join({ scheduleId: stage.scheduleId, memberId });
          stage.tokens.set(ticketOf(member), token);
          return `ticket ${ticket?.number}`;
        },
      };
    },
  },
  {
    name: 'tick',
    plan: (sale) => ({
      what: 'the worker ticks',
      expect: () => (sale.tick(), done),
      take: async (stage) => (await stage.world.tick(), done),
    }),
  },
  {
    name: 'leave',
    plan: (sale, { who }) => {
      const member = pick(joined(sale), who);
      if (member === undefined) return undefined;
      return {
        what: `member ${sale.members.indexOf(member)} leaves`,
        expect: () => sale.leave(member),
        take: (stage) => stage.outcomeOf(() => stage.world.queue().leave({ token: tokenOf(stage, member) })),
      };
    },
  },
  {
    name: 'expire ticket',
    plan: (sale, { who }) => {
      const member = pick(joined(sale), who);
      if (member === undefined || ticketOf(member).status !== 'ADMITTED') return undefined;
      return {
        what: `the ticket of member ${sale.members.indexOf(member)} runs out`,
        expect: () => (sale.expireTicket(member), done),
        take: async ({ world, scheduleId }) => {
          const { number } = ticketOf(member);
          await world.databases.queue.query(
            `update tickets set admitted_until = admitted_at + interval '1 us' where schedule_id = $1 and number = $2`,
            [scheduleId, number],
          );
          return done;
        },
      };
    },
  },
  {
    name: 'charge',
    plan: (sale, { who, amount, retried }) => {
      const member = pick(sale.members, who);
      if (member === undefined) return undefined;
      return {
        what: `member ${sale.members.indexOf(member)} charges ${amount}${retried ? ', twice' : ''}`,
        expect: () => sale.charge(member, amount),
        take: (stage) => {
          const memberId = known(stage.memberIds, member);
          return request(stage, retried, (requestId) =>
            stage.world.ledger().charge({ requestId, memberId, amount: BigInt(amount) }),
          );
        },
      };
    },
  },
  {
    name: 'hold',
    plan: (sale, { who, seats, retried }) => {
      const member = pick(joined(sale), who);
      if (member === undefined) return undefined;
      const wanted = some(sale.seats, seats);
      return {
        what: `member ${sale.members.indexOf(member)} holds ${numbers(sale, wanted)}${retried ? ', twice' : ''}`,
        expect: () => sale.hold(member, wanted),
        take: (stage) =>
          request(stage, retried, (requestId) =>
            stage.world.inventory().holdSeats({
              requestId,
              token: tokenOf(stage, member),
              scheduleId: stage.scheduleId,
              seatIds: wanted.map((seat) => known(stage.seatIds, seat)),
            }),
          ),
      };
    },
  },
  {
    name: 'extend',
    plan: (sale, { which, retried }) => {
      const reservation = pick(sale.reservations, which);
      if (reservation === undefined) return undefined;
      return {
        what: `reservation ${sale.reservations.indexOf(reservation)} is extended${retried ? ', twice' : ''}`,
        expect: () => sale.extend(reservation),
        take: (stage) =>
          request(stage, retried, (requestId) =>
            stage.world.inventory().extendHold({
              requestId,
              token: tokenOf(stage, reservation.member),
              reservationId: known(stage.reservationIds, reservation),
            }),
          ),
      };
    },
  },
  {
    name: 'release',
    plan: (sale, { which }) => {
      const reservation = pick(sale.reservations, which);
      if (reservation === undefined) return undefined;
      return {
        what: `reservation ${sale.reservations.indexOf(reservation)} is released`,
        expect: () => sale.release(reservation),
        take: (stage) =>
          stage.outcomeOf(() =>
            stage.world.inventory().releaseReservation({ reservationId: known(stage.reservationIds, reservation) }),
          ),
      };
    },
  },
  {
    name: 'expire',
    plan: (sale, { which }) => {
      const reservation = pick(sale.reservations, which);
      if (reservation?.status !== 'PENDING') return undefined;
      return {
        what: `the hold of reservation ${sale.reservations.indexOf(reservation)} runs out`,
        expect: () => (sale.expire(reservation), done),
        take: async (stage) => {
          const id = known(stage.reservationIds, reservation);
          // Its seats in the same statement, as extending a hold writes them.
          await stage.world.databases.inventory.query(
            `with reservation as (
               update reservations set expires_at = greatest(created_at, extended_at) + interval '1 us'
               where id = $1 returning id, expires_at
             )
             update seats set held_until = reservation.expires_at from reservation
             where seats.reservation_id = reservation.id and seats.state = 'HELD'`,
            [id],
          );
          return done;
        },
      };
    },
  },
  {
    name: 'sweep',
    plan: () => ({
      what: 'the worker sweeps',
      expect: () => done,
      take: (stage) => stage.outcomeOf(() => stage.world.inventory('worker').sweepExpiredHolds({})),
    }),
  },
  {
    name: 'change price',
    plan: (sale, { amount }) => ({
      what: `seats cost ${amount} from now on`,
      expect: () => sale.changePrice(amount),
      take: (stage) =>
        stage.outcomeOf(() =>
          stage.world.inventoryAdmin().changePrice({ scheduleId: stage.scheduleId, price: BigInt(amount) }),
        ),
    }),
  },
  {
    name: 'pay',
    plan: (sale, { which, death, retried }) => {
      const reservation = pick(sale.reservations, which);
      if (reservation === undefined) return undefined;
      const ticket = ticketOf(reservation.member);
      const how = `${death === undefined ? '' : `, dying ${death}`}${retried ? ', twice' : ''}`;
      return {
        what: `reservation ${sale.reservations.indexOf(reservation)} is paid${how}`,
        expect: () => sale.pay(reservation, death),
        take: (stage) =>
          request(
            stage,
            retried,
            (requestId) =>
              stage.world.ledger().pay({
                requestId,
                token: known(stage.tokens, ticket),
                reservationId: known(stage.reservationIds, reservation),
              }),
            death && faults.pay[death],
          ),
      };
    },
  },
  {
    name: 'refund',
    plan: (sale, { which, seats, death, retried }) => {
      const payment = pick(sale.payments, which);
      if (payment === undefined) return undefined;
      const own = payment.reservation.seats.map(({ seat }) => seat);
      // A bit beyond those of the seats: all that are left.
      const wanted = (seats >> own.length) & 1 ? [] : some(own, seats);
      const how = `${death === undefined ? '' : `, dying ${death}`}${retried ? ', twice' : ''}`;
      return {
        what: `payment ${sale.payments.indexOf(payment)} is refunded for ${numbers(sale, wanted) || 'all'}${how}`,
        expect: () => sale.refund(payment, wanted, death),
        take: (stage) =>
          request(
            stage,
            retried,
            (requestId) =>
              stage.world.ledger().refund({
                requestId,
                paymentId: known(stage.paymentIds, payment),
                seatIds: wanted.map((seat) => known(stage.seatIds, seat)),
              }),
            death && faults.refund[death],
          ),
      };
    },
  },
  {
    name: 'resume',
    plan: (sale) => ({
      what: 'the worker resumes what was left standing',
      expect: () => (sale.resume(), done),
      take: async (stage) => (await stage.world.resume(), done),
    }),
  },
];

function numbers(sale: Sale, seats: readonly Seat[]): string {
  return seats.map((seat) => `seat ${sale.seats.indexOf(seat)}`).join(' and ');
}

/** A step as fast-check plays it: what it comes to, and how everything stands after it, has to be what the model says. */
class Command implements fc.AsyncCommand<Sale, Stage> {
  readonly #step: Step;
  readonly #choice: Choice;
  #said: string;

  constructor(step: Step, choice: Choice) {
    this.#step = step;
    this.#choice = choice;
    this.#said = step.name;
  }

  check(sale: Readonly<Sale>): boolean {
    return this.#step.plan(sale as Sale, this.#choice) !== undefined;
  }

  async run(sale: Sale, stage: Stage): Promise<void> {
    const plan = this.#step.plan(sale, this.#choice);
    if (plan === undefined) return;
    this.#said = plan.what;
    stage.world.steps += 1;
    const expected = plan.expect();
    const outcome = await plan.take(stage);
    if (outcome !== expected) throw new Error(`${plan.what}: ${outcome}, not ${expected}`);
    await stage.learn(sale);
    await compare(sale, stage, plan.what);
  }

  toString(): string {
    return this.#said;
  }
}

/** @throws Error with both views when they differ. */
export async function compare(sale: Sale, stage: Stage, after: string): Promise<void> {
  const [expected, found] = [sale.view(), await stage.view(sale)];
  if (isDeepStrictEqual(found, expected)) return;
  throw new Error(`After "${after}" it is\n${JSON.stringify(found)}\nand should be\n${JSON.stringify(expected)}`);
}

const choices: fc.Arbitrary<Choice> = fc.record({
  who: fc.nat(2),
  which: fc.nat(7),
  seats: fc.nat(31),
  amount: fc.integer({ min: 1, max: 3_000 }),
  death: fc.option(fc.constantFrom<Death>('written', 'begun', 'decided', 'settled'), { nil: undefined, freq: 2 }),
  retried: fc.boolean(),
});

const weights: Readonly<Record<string, number>> = { join: 3, tick: 3, hold: 4, pay: 5, refund: 3, resume: 2 };

/** Sequences of steps; the ones that a purchase is made of come more often. */
export function commands(max: number): fc.Arbitrary<Iterable<fc.AsyncCommand<Sale, Stage>>> {
  const arbitraries = steps.flatMap((step) =>
    Array.from({ length: weights[step.name] ?? 1 }, () => choices.map((choice) => new Command(step, choice))),
  );
  return fc.commands(arbitraries, { maxCommands: max, size: 'max' });
}
