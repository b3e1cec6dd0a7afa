import { setTimeout as delay } from 'node:timers/promises';

import { createClient, type Transport } from '@connectrpc/connect';
import { LedgerService } from '@boxoffice/proto/ledger';
import { QueueService } from '@boxoffice/proto/queue';
import { grpcTransport } from '@boxoffice/runtime/grpc/transport';

import type { System } from '../../local/system.ts';
import { TracedApi, type Answer } from '../../local/trace/traced-api.ts';

const price = 10_000;
const waitMs = 20;
const waitsMax = 500;

/** A little sale in which most of what can happen does. Disposing it ends the streams that it keeps open. */
export class PlayedSale implements AsyncDisposable {
  readonly #system: Pick<System, 'url' | 'keys' | 'addresses'>;
  readonly #api: TracedApi;
  readonly #end = new AbortController();
  readonly #streams: Promise<void>[] = [];
  readonly #transports: (Transport & AsyncDisposable)[] = [];
  #members = 0;

  private constructor(system: Pick<System, 'url' | 'keys' | 'addresses'>) {
    this.#system = system;
    this.#api = new TracedApi(system.url);
  }

  /**
   * Plays it: who holds and pays, has one seat refunded and then the rest; who comes too late for a seat, who cannot pay, who
   * gives up; and who still waits when it is over, and looks at the position. A partner watches events.
   */
  static async play(system: Pick<System, 'url' | 'keys' | 'addresses'>): Promise<PlayedSale> {
    const sale = new PlayedSale(system);
    try {
      sale.#watchEvents();
      const schedule = await sale.#newDate();
      const [buyer, poor] = [await sale.#member(2 * price), await sale.#member(0)];
      const buyerToken = await sale.#admitted(schedule, buyer);
      await sale.#look(`/schedules/${schedule}/seats/events`, buyerToken);
      const paid = await sale.#buy(schedule, buyerToken);
      await sale.#refuse(schedule, await sale.#admitted(schedule, poor));
      await sale.#refund(paid, buyer);
      await sale.#wait(schedule);
      return sale;
    } catch (error) {
      await sale[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Two may be inside; a date has four seats. */
  async #newDate(): Promise<number> {
    const operatorKey = this.#system.keys.operator;
    const concert = await this.#api.call('/admin/concerts', { operatorKey, body: { name: 'One evening' } });
    const schedule = await this.#api.call(`/admin/concerts/${Number(concert['id'])}/schedules`, {
      operatorKey,
      body: { date: '2099-12-24', seatCount: 4, price, queue: { maxActive: 2 } },
    });
    return Number(schedule['id']);
  }

  async #member(amount: number): Promise<string> {
    this.#members += 1;
    const id = `played-${Date.now()}-${this.#members}`;
    await this.#api.call('/members', { body: { id } });
    if (amount > 0) await this.#api.call(`/members/${id}/charges`, { body: { amount } });
    return id;
  }

  async #join(schedule: number, memberId: string): Promise<string> {
    const joined = await this.#api.call(`/schedules/${schedule}/queue/tickets`, { body: { memberId } });
    return String(joined['token']);
  }

  async #admitted(schedule: number, memberId: string): Promise<string> {
    const queueToken = await this.#join(schedule, memberId);
    const ticket = `/schedules/${schedule}/queue/tickets/me`;
    await until(async () => (await this.#api.call(ticket, { queueToken }))['status'] === 'ADMITTED');
    return queueToken;
  }

  async #hold(schedule: number, queueToken: string, seats: number): Promise<Answer> {
    return this.#api.call(`/schedules/${schedule}/reservations`, { queueToken, body: { bestAvailable: seats } });
  }

  async #pay(queueToken: string, reservation: Answer): Promise<Answer> {
    return this.#api.call(`/reservations/${Number(reservation['id'])}/payment`, { queueToken, body: {} });
  }

  /** Two of the four seats. */
  async #buy(schedule: number, queueToken: string): Promise<Answer> {
    const reservation = await this.#hold(schedule, queueToken, 2);
    return { ...(await this.#pay(queueToken, reservation)), seats: reservation['seats'] };
  }

  /** Holds the other two and cannot pay; three are not left. */
  async #refuse(schedule: number, queueToken: string): Promise<void> {
    await refused(this.#hold(schedule, queueToken, 3), 'SEAT_TAKEN');
    const reservation = await this.#hold(schedule, queueToken, 2);
    await refused(this.#pay(queueToken, reservation), 'BALANCE_TOO_LOW');
  }

  async #refund(paid: Answer, memberId: string): Promise<void> {
    const refund = `/payments/${Number(paid['id'])}/refund`;
    const [seat] = paid['seats'] as readonly { readonly id: number }[];
    await this.#api.call(refund, { body: { memberId, seatIds: [seat?.id] } });
    await this.#api.call(refund, { body: { memberId } });
  }

  /** One is admitted beside the one who is inside still; one waits, and one gives up. */
  async #wait(schedule: number): Promise<void> {
    await this.#admitted(schedule, await this.#member(0));
    const waiting = await this.#join(schedule, await this.#member(0));
    await this.#look(`/schedules/${schedule}/queue/tickets/me/events`, waiting);
    const leaving = await this.#join(schedule, await this.#member(0));
    const path = `${this.#system.url}/v1/schedules/${schedule}/queue/tickets/me`;
    await fetch(path, { method: 'DELETE', headers: { 'Queue-Token': leaving } });
  }

  #watchEvents(): void {
    const { addresses, keys } = this.#system;
    const to = (address: string): Transport => {
      const transport = grpcTransport({ address, key: keys.partner });
      this.#transports.push(transport);
      return transport;
    };
    const options = { signal: this.#end.signal };
    const watched = [
      createClient(QueueService, to(addresses.queue)).watchEvents({}, options),
      createClient(LedgerService, to(addresses.ledger)).watchEvents({}, options),
    ];
    const readAll = async (stream: AsyncIterable<unknown>): Promise<void> => {
      const events = stream[Symbol.asyncIterator]();
      while ((await events.next()).done !== true);
    };
    this.#streams.push(...watched.map((stream) => readAll(stream).catch(() => undefined)));
  }

  /** Opens a stream, and reads it until the end. Resolves when it has said something. */
  async #look(path: string, queueToken: string): Promise<void> {
    const { body } = await fetch(`${this.#system.url}/v1${path}`, {
      headers: { 'Queue-Token': queueToken },
      signal: this.#end.signal,
    });
    const reader = body?.getReader();
    await reader?.read();
    const readAll = async (): Promise<void> => {
      while ((await reader?.read())?.done === false);
    };
    this.#streams.push(readAll().catch(() => undefined));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#end.abort();
    await Promise.all(this.#streams);
    await Promise.all(this.#transports.map((transport) => transport[Symbol.asyncDispose]()));
  }
}

async function refused(call: Promise<unknown>, reason: string): Promise<void> {
  const answered = await call.then(
    () => 'nothing was refused',
    (error: unknown) => String(error),
  );
  if (!answered.includes(reason)) throw new Error(`not refused with ${reason}: ${answered}`);
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  for (let waits = 0; waits < waitsMax; waits += 1) {
    if (await holds()) return;
    await delay(waitMs);
  }
  throw new Error(`not so within ${(waitMs * waitsMax) / 1_000} s: ${holds.toString()}`);
}
