import { ConnectError } from '@connectrpc/connect';
import { reasonOf } from '@boxoffice/runtime/error';

import {
  died,
  done,
  Sale,
  type Member,
  type Outcome,
  type Payment,
  type Reservation,
  type SaleOptions,
  type Seat,
  type Ticket,
} from './sale.ts';
import { newRequestId, type World } from './world.ts';

const concerts = new WeakMap<World, bigint>();

/** A sale of its own in the world: a date, its queue, and members who have nothing to do with those of other sales. */
export class Stage {
  readonly world: World;
  readonly scheduleId: bigint;
  readonly memberIds = new Map<Member, string>();
  readonly tokens = new Map<Ticket, string>();
  readonly seatIds = new Map<Seat, bigint>();
  readonly reservationIds = new Map<Reservation, bigint>();
  readonly paymentIds = new Map<Payment, bigint>();
  /** Makes the last request again, as it was made. */
  again: (() => Promise<Outcome>) | undefined;

  private constructor(world: World, scheduleId: bigint) {
    this.world = world;
    this.scheduleId = scheduleId;
  }

  /** Enters a date with its seats, opens its queue, and gives everybody an account. */
  static async set(world: World, options: SaleOptions): Promise<{ sale: Sale; stage: Stage }> {
    const sale = new Sale(options);
    const admin = world.inventoryAdmin();
    const concertId = concerts.get(world) ?? (await admin.createConcert({ name: 'Model' })).concert?.id ?? 0n;
    concerts.set(world, concertId);
    const { schedule } = await admin.createSchedule({
      concertId,
      date: '2099-12-24',
      seatCount: options.prices.length,
      price: BigInt(options.prices[0] ?? 0),
    });
    const stage = new Stage(world, schedule?.id ?? 0n);
    await stage.#price(sale);
    await world.queueAdmin().openQueue({
      scheduleId: stage.scheduleId,
      policy: { maxActive: options.maxActive, activeTtl: { seconds: 86_400n } },
    });
    await Promise.all(sale.members.map((member) => stage.#open(member, options.balance)));
    return { sale, stage };
  }

  async #price({ seats }: Sale): Promise<void> {
    const { inventory } = this.world.databases;
    const { rows } = await inventory.query<{ id: bigint }>('select id from seats where schedule_id = $1 order by id', [
      this.scheduleId,
    ]);
    for (const [nth, seat] of seats.entries()) {
      const { id } = rows[nth] ?? { id: 0n };
      this.seatIds.set(seat, id);
      await inventory.query('update seats set price = $2 where id = $1', [id, seat.price]);
    }
  }

  async #open(member: Member, balance: number): Promise<void> {
    const memberId = newRequestId();
    this.memberIds.set(member, memberId);
    await this.world.ledger().openAccount({ memberId });
    await this.world.ledger().charge({ memberId, amount: BigInt(balance) });
  }

  /** What a call comes to; nobody answers when somebody dies in it. */
  async outcomeOf(call: () => Promise<unknown>, fault?: string): Promise<Outcome> {
    const end = await this.world.dyingAt(fault, () => call().then(() => done, refusalOf));
    return end.died ? died : end.result;
  }

  /** The sale as it stands in the tables, in the form of `Sale.view`. */
  async view(sale: Sale): Promise<ReturnType<Sale['view']>> {
    const { queue, inventory, ledger } = this.world.databases;
    const [seats, reservations, payments, accounts, tickets] = await Promise.all([
      inventory.query<{ id: bigint; price: bigint; state: 'OPEN' | 'HELD' | 'SOLD'; reservation_id: bigint | null }>(
        `select id, price, case when held_until <= now() then 'OPEN' else state end as state,
           case when held_until <= now() then null else reservation_id end as reservation_id
         from seats where schedule_id = $1 order by id`,
        [this.scheduleId],
      ),
      inventory.query<{ id: bigint; status: Reservation['status']; refunded: bigint }>(
        `select id, case when status = 'PENDING' and expires_at <= now() then 'EXPIRED' else status end as status,
           (select coalesce(sum(price), 0)::bigint from reservation_seats
            where reservation_id = reservations.id and refund_id is not null) as refunded
         from reservations where schedule_id = $1 order by id`,
        [this.scheduleId],
      ),
      ledger.query<{ status: Payment['status']; amount: bigint; refunded_amount: bigint }>(
        'select status, amount, refunded_amount from payments where schedule_id = $1 order by id',
        [this.scheduleId],
      ),
      ledger.query<{ member_id: string; posted: bigint; held: bigint }>(
        'select member_id, posted, held from accounts where member_id = any ($1)',
        [[...this.memberIds.values()]],
      ),
      queue.query<{ member_id: string; number: bigint; status: Ticket['status'] }>(
        `select member_id, number, case when status = 'ADMITTED' and admitted_until <= now() then 'EXPIRED' else status end as status
         from tickets where schedule_id = $1 order by number`,
        [this.scheduleId],
      ),
    ]);
    const ids = reservations.rows.map(({ id }) => id);
    return {
      seats: seats.rows.map(({ price, state, reservation_id: id }) => ({
        price: Number(price),
        state,
        holder: id === null ? undefined : ids.indexOf(id),
      })),
      members: sale.members.map((member) => {
        const memberId = this.memberIds.get(member);
        const account = accounts.rows.find((one) => one.member_id === memberId);
        return {
          balance: Number(account?.posted),
          held: Number(account?.held),
          tickets: tickets.rows
            .filter((one) => one.member_id === memberId)
            .map(({ number, status }) => ({ number: Number(number), status })),
        };
      }),
      reservations: reservations.rows.map(({ status, refunded }) => ({ status, refunded: Number(refunded) })),
      payments: payments.rows.map(({ status, amount, refunded_amount: refunded }) => ({
        status,
        amount: Number(amount),
        refunded: Number(refunded),
      })),
    };
  }

  /** Finds the ids of what the model knows by now, in the order in which it came about. */
  async learn(sale: Sale): Promise<void> {
    const { inventory, ledger } = this.world.databases;
    if (this.reservationIds.size < sale.reservations.length) {
      const { rows } = await inventory.query<{ id: bigint }>(
        'select id from reservations where schedule_id = $1 order by id',
        [this.scheduleId],
      );
      sale.reservations.forEach((one, nth) => this.reservationIds.set(one, rows[nth]?.id ?? 0n));
    }
    if (this.paymentIds.size < sale.payments.length) {
      const { rows } = await ledger.query<{ id: bigint }>(
        'select id from payments where schedule_id = $1 order by id',
        [this.scheduleId],
      );
      sale.payments.forEach((one, nth) => this.paymentIds.set(one, rows[nth]?.id ?? 0n));
    }
  }
}

/** The reason of a refusal, or what else went wrong in words. */
function refusalOf(error: unknown): Outcome {
  return reasonOf(error) ?? (error instanceof ConnectError ? error.message : String(error));
}

/** Reads what a test knows to be there. @throws Error when it is not. */
export function known<K, V>(map: ReadonlyMap<K, V>, key: K): V {
  const value = map.get(key);
  if (value === undefined) throw new Error('the model and the stage have parted');
  return value;
}
