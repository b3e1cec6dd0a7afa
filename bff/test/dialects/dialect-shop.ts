import { expect } from '@boxoffice/runtime/testing/tests';
import type { IncomingHttpHeaders } from 'node:http';
import { openPool } from '@boxoffice/runtime/database/pool';
import { transaction } from '@boxoffice/runtime/database/transaction';
import { startSystem, type System } from '../system.ts';
import type { Sent, Web } from '../web.ts';

/** What a dialect answered: the JSON as it is, whatever it is. */
export interface Reply {
  readonly status: number;
  readonly body: unknown;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

/** A date of a concert of its own, with 50 seats at 1,000. */
export interface ShopDate {
  readonly concertId: number;
  readonly scheduleId: number;
  /** Its seats, in order. */
  readonly seatIds: readonly number[];
}

const pollMs = 20;
const waitMaxMs = 10_000;

/** The system with what tests of the dialects do over and over. */
export class DialectShop implements AsyncDisposable {
  readonly system: System;
  readonly web: Web;
  #members = 0;
  #lookers = 0;

  private constructor(system: System) {
    this.system = system;
    this.web = system.web;
  }

  static async open(env: Readonly<Record<string, string>> = {}): Promise<DialectShop> {
    return new DialectShop(await startSystem({ env: { JOINS_PER_MEMBER: '0', ...env } }));
  }

  /** Calls as a client of a dialect does: `ask('GET /c/user/check?userId=1')`. */
  async ask(line: string, sent: Sent = {}, web = this.web): Promise<Reply> {
    const [method = '', path = ''] = line.split(' ');
    const { status, headers, text } = await web.call(method, path, sent);
    const isJson = headers['content-type'] === 'application/json; charset=utf-8';
    return { status, headers, text, body: isJson ? (JSON.parse(text) as unknown) : text };
  }

  /** Asks again until the answer is as expected. */
  until(line: string, sent: Sent, expected: (reply: Reply) => boolean): Promise<Reply> {
    return this.askUntil(() => this.ask(line, sent), expected);
  }

  async askUntil(ask: () => Promise<Reply>, expected: (reply: Reply) => boolean): Promise<Reply> {
    const endMs = performance.now() + waitMaxMs;
    for (;;) {
      const reply = await ask();
      if (expected(reply)) {
        return reply;
      }
      if (performance.now() > endMs) {
        throw new Error(`it is still ${reply.status} ${reply.text}`);
      }
      await new Promise((resolve) => setTimeout(resolve, pollMs));
    }
  }

  /** Calls at a BFF that does not wait long, while no reservation of a member can be confirmed. */
  async whileNobodyConfirms(member: number, call: (hasty: Web) => Promise<Reply>): Promise<Reply> {
    const hasty = await this.system.bff({ WRITE_TIMEOUT_MS: '1000' });
    const { databaseUrl: url } = this.system;
    await using inventory = openPool({ url, schema: 'inventory', applicationName: 'dialect test', max: 1 });
    return transaction(inventory, async (client) => {
      await client.query('select from reservations where member_id = $1 for update', [String(member)]);
      return call(hasty);
    });
  }

  /** Makes a date; its queue admits everybody at once unless told otherwise. */
  async newDate(queue?: object, more: object = {}): Promise<ShopDate> {
    const concert = await this.web.admin('POST', '/concerts', { body: { name: 'Concert' } });
    const concertId = concert.body.id;
    const { body } = await this.web.admin('POST', `/concerts/${concertId}/schedules`, {
      body: { date: '2099-12-24', seatCount: 50, price: 1_000, ...(queue !== undefined && { queue }), ...more },
    });
    const { list } = await this.web.get(`/v1/schedules/${body.id}/seats`, {
      token: await this.web.admitted(body.id, `looker ${++this.#lookers}`),
    });
    return { concertId, scheduleId: body.id, seatIds: list.map(({ id }) => id) };
  }

  /** A member with a number for an id, and so much money. */
  async newMember(balance = 0): Promise<number> {
    const member = ++this.#members;
    await this.web.newMember(String(member), balance);
    return member;
  }

  /** A member who is admitted to a date, and the token. */
  async buyer({ scheduleId }: ShopDate, balance = 5_000): Promise<{ member: number; token: string }> {
    const member = await this.newMember(balance);
    return { member, token: await this.web.admitted(scheduleId, String(member)) };
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.system[Symbol.asyncDispose]();
  }
}

/** Status and JSON of a reply, to compare both at once. */
export const outcome = ({ status, body }: Reply): [number, unknown] => [status, body];

/** The data in an envelope. */
export function dataOf<T>(reply: Reply): T {
  return (reply.body as { readonly data: T }).data;
}

/** What a field has to be like that a test cannot know. */
export const anyText = expect.stringMatching(/./) as unknown as string;
