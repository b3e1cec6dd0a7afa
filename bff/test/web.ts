import { Agent, request, type IncomingHttpHeaders } from 'node:http';
import type { App } from '@boxoffice/runtime/program';

/** What the BFF answered. */
export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** The JSON in it, where there is some. */
  readonly body: AnswerBody;
  /** The same where it is a list. */
  readonly list: readonly AnswerBody[];
  readonly text: string;
}

/** The fields that tests look into, of all answers; which of them are there, each test knows. */
export interface AnswerBody {
  readonly id: number;
  readonly token: string;
  readonly number: number;
  readonly row: string;
  readonly section: string;
  readonly status: string;
  readonly state: string | undefined;
  readonly ahead: number;
  readonly lobby: true | undefined;
  readonly paused: true | undefined;
  readonly estimatedWaitSeconds: number | null;
  readonly estimatedWaitRange: { readonly minSeconds: number; readonly maxSeconds: number } | null;
  readonly memberId: string;
  readonly amount: number;
  readonly refundedAmount: number;
  readonly refundedSeatIds: readonly number[];
  readonly refund: AnswerBody;
  readonly price: number;
  readonly balance: number;
  readonly held: number;
  readonly name: string;
  readonly concertName: string;
  readonly totalSeats: number;
  readonly maxActive: number;
  readonly admitted: number;
  readonly nextPageToken: string;
  readonly reason: string | undefined;
  readonly requestId: string;
  readonly queue: AnswerBody;
  readonly concerts: readonly AnswerBody[];
  readonly schedules: readonly AnswerBody[];
  readonly seats: readonly AnswerBody[];
  readonly entries: readonly AnswerBody[];
  readonly reservations: readonly AnswerBody[];
  readonly violations: readonly { readonly field: string; readonly description: string }[];
  readonly parts: Readonly<Record<string, string>>;
  readonly calls: readonly string[];
}

/** What a test sends along. */
export interface Sent {
  /** Sent as JSON; a string or bytes as they are. */
  readonly body?: unknown;
  /** The queue token. */
  readonly token?: string;
  /** What `Authorization: Bearer` carries. */
  readonly bearer?: string;
  /** The Idempotency-Key. */
  readonly key?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

const pollMs = 20;
const waitMaxMs = 10_000;

/** A BFF under test, and the calls that tests make of it. */
export class Web implements AsyncDisposable {
  readonly url: string;
  readonly #app: Pick<App, 'address' | typeof Symbol.asyncDispose>;
  readonly #operatorKey: string;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1_000 });

  constructor(app: Pick<App, 'address' | typeof Symbol.asyncDispose>, operatorKey: string) {
    this.#app = app;
    this.#operatorKey = operatorKey;
    this.url = `http://${app.address}`;
  }

  get(path: string, sent?: Sent): Promise<Answer> {
    return this.call('GET', path, sent);
  }

  post(path: string, sent?: Sent): Promise<Answer> {
    return this.call('POST', path, sent);
  }

  delete(path: string, sent?: Sent): Promise<Answer> {
    return this.call('DELETE', path, sent);
  }

  /** Calls as the operator. */
  admin(method: string, path: string, sent: Sent = {}): Promise<Answer> {
    return this.call(method, `/v1/admin${path}`, { bearer: this.#operatorKey, ...sent });
  }

  call(method: string, path: string, { body, token, bearer, key, headers }: Sent = {}): Promise<Answer> {
    const isReady = typeof body === 'string' || body instanceof Buffer || body === undefined;
    const text = isReady ? body : JSON.stringify(body);
    return new Promise((resolve, reject) => {
      const req = request(`${this.url}${path}`, {
        method,
        agent: this.#agent,
        headers: {
          ...(text !== undefined && { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }),
          ...(token !== undefined && { 'queue-token': token }),
          ...(bearer !== undefined && { authorization: `Bearer ${bearer}` }),
          ...(key !== undefined && { 'idempotency-key': key }),
          ...headers,
        },
      });
      req.once('error', reject);
      req.once('response', (res) => {
        const chunks: Buffer[] = [];
        res.on('data', (chunk: Buffer) => chunks.push(chunk));
        res.once('error', reject);
        res.once('end', () => {
          const answer = Buffer.concat(chunks).toString();
          const isPlain = res.headers['content-encoding'] === undefined;
          const isJson = isPlain && /\bjson\b/.test(res.headers['content-type'] ?? '') && answer !== '';
          const json: unknown = isJson ? JSON.parse(answer) : {};
          resolve({
            status: res.statusCode ?? 0,
            headers: res.headers,
            text: answer,
            body: json as AnswerBody,
            list: json as readonly AnswerBody[],
          });
        });
      });
      req.end(text);
    });
  }

  /** Makes a concert with a date; gives the date's id, and its seats' price is 1,000. */
  async newSchedule(options: { seatCount?: number; queue?: object; price?: number } = {}): Promise<number> {
    const concert = await this.admin('POST', '/concerts', { body: { name: 'Concert' } });
    const { seatCount = 50, queue, price = 1_000 } = options;
    const schedule = await this.admin('POST', `/concerts/${concert.body.id}/schedules`, {
      body: { date: '2099-12-24', seatCount, price, ...(queue !== undefined && { queue }) },
    });
    if (schedule.status !== 201) {
      throw new Error(`no schedule: ${schedule.text}`);
    }
    return schedule.body.id;
  }

  /** Joins a queue; gives the token. */
  async join(scheduleId: number, memberId: string, sent: Sent = {}): Promise<string> {
    const joined = await this.post(`/v1/schedules/${scheduleId}/queue/tickets`, { body: { memberId }, ...sent });
    if (joined.status !== 201) {
      throw new Error(`not joined: ${joined.text}`);
    }
    return joined.body.token;
  }

  /** Joins a queue and waits until the worker has admitted the ticket; gives the token. */
  async admitted(scheduleId: number, memberId: string, sent: Sent = {}): Promise<string> {
    const token = await this.join(scheduleId, memberId, sent);
    await this.until(
      `/v1/schedules/${scheduleId}/queue/tickets/me`,
      { ...sent, token },
      ({ body }) => body.status === 'ADMITTED',
    );
    return token;
  }

  /** Makes a member with a balance. */
  async newMember(memberId: string, balance: number, sent: Sent = {}): Promise<string> {
    await this.post('/v1/members', { body: { id: memberId }, ...sent });
    if (balance > 0) {
      await this.post(`/v1/members/${memberId}/charges`, { body: { amount: balance }, ...sent });
    }
    return memberId;
  }

  /** Asks again until the answer is as expected. */
  async until(path: string, sent: Sent, expected: (answer: Answer) => boolean): Promise<Answer> {
    const endMs = performance.now() + waitMaxMs;
    for (;;) {
      const answer = await this.get(path, sent);
      if (expected(answer)) {
        return answer;
      }
      if (performance.now() > endMs) {
        throw new Error(`${path} is still ${answer.status} ${answer.text}`);
      }
      await new Promise((resolve) => setTimeout(resolve, pollMs));
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#agent.destroy();
    await this.#app[Symbol.asyncDispose]();
  }
}
