import type { Target } from './connection.ts';

/** Requests, one after the other. */
export type NextRequest = () => string | Buffer;

/** A reservation to be paid, and the token of who holds it. */
export interface Payable {
  readonly reservationId: bigint;
  readonly token: string;
}

/** What to ask. */
export type RequestPlan =
  | {
      readonly kind: 'gets';
      readonly path: string;
      readonly headers: Readonly<Record<string, string>>;
      /** What a good answer has. */
      readonly status: number;
    }
  | { readonly kind: 'polls'; readonly scheduleId: bigint; readonly tokens: readonly string[] }
  | { readonly kind: 'joins'; readonly scheduleId: bigint; readonly memberPrefix: string }
  | {
      readonly kind: 'charges';
      /** The members are called so and by a number. */
      readonly memberPrefix: string;
      readonly members: number;
      readonly amount: number;
      /** The same seed gives the same idempotency keys. */
      readonly keySeed: number;
    }
  | { readonly kind: 'payments'; readonly payables: readonly Payable[]; readonly keySeed: number };

const idDigits = 9;

/** Whether an answer is the one that was asked for: a payment that goes on by itself (202) is not yet one. */
export function isGood(plan: RequestPlan, status: number): boolean {
  switch (plan.kind) {
    case 'gets':
      return status === plan.status;
    case 'polls':
    case 'joins':
      return status >= 200 && status < 300;
    case 'charges':
      return status === 201;
    case 'payments':
      return status === 200;
  }
}

/** Makes the requests of a plan: gets and polls are built once and asked in turn; each of the others has an id of its own. */
export function requestsOf(plan: RequestPlan, target: Target): NextRequest {
  switch (plan.kind) {
    case 'gets':
      return getRequests(plan, target);
    case 'polls':
      return pollRequests(plan.scheduleId, plan.tokens, target);
    case 'joins':
      return joinRequests(plan.scheduleId, plan.memberPrefix, target);
    case 'charges':
      return chargeRequests(plan, target);
    case 'payments':
      return paymentRequests(plan, target);
  }
}

/** The same again and again. */
function getRequests({ path, headers }: Extract<RequestPlan, { kind: 'gets' }>, { host, port }: Target): NextRequest {
  const lines = Object.entries({ Host: `${host}:${port}`, ...headers }).map(([name, value]) => `${name}: ${value}\r\n`);
  const request = Buffer.from(`GET ${path} HTTP/1.1\r\n${lines.join('')}\r\n`, 'latin1');
  return () => request;
}

function pollRequests(scheduleId: bigint, tokens: readonly string[], target: Target): NextRequest {
  const poll = pollRequest(scheduleId, target);
  const requests = tokens.map((token) => Buffer.from(poll(token), 'latin1'));
  if (requests.length === 0) throw new Error('there are no tokens to poll with');
  let next = 0;
  return () => {
    const request = requests[next] ?? '';
    next = next + 1 === requests.length ? 0 : next + 1;
    return request;
  };
}

/** Makes charges of all members in turn, each with the next idempotency key. */
function chargeRequests(
  { memberPrefix, members, amount, keySeed }: Extract<RequestPlan, { kind: 'charges' }>,
  { host, port }: Target,
): NextRequest {
  const body = `{"amount":${amount}}`;
  const after = `\r\nHost: ${host}:${port}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
  let next = 0;
  return () => {
    const nth = next++;
    const path = `/v1/members/${memberName(memberPrefix, nth % members)}/charges`;
    return `POST ${path} HTTP/1.1\r\nIdempotency-Key: ${keyOf(keySeed, nth)}${after}`;
  };
}

/** Makes the payments of all reservations, one after the other. */
function paymentRequests(
  { payables, keySeed }: Extract<RequestPlan, { kind: 'payments' }>,
  { host, port }: Target,
): NextRequest {
  let next = 0;
  return () => {
    const nth = next++;
    const payable = payables[nth];
    if (payable === undefined) throw new Error(`there are no more than ${payables.length} reservations to pay`);
    const { reservationId, token } = payable;
    return (
      `POST /v1/reservations/${reservationId}/payment HTTP/1.1\r\nHost: ${host}:${port}\r\n` +
      `Idempotency-Key: ${keyOf(keySeed, nth)}\r\nQueue-Token: ${token}\r\n` +
      'Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}'
    );
  };
}

/** The n-th member of a prefix. */
export function memberName(prefix: string, nth: number): string {
  return `${prefix}${String(nth).padStart(idDigits, '0')}`;
}

/** A UUID: the seed and the number of the request. */
function keyOf(seed: number, nth: number): string {
  return `${seed.toString(16).padStart(8, '0')}-0000-4000-8000-${nth.toString(16).padStart(12, '0')}`;
}

/** Makes joins of members whose ids are the prefix and a number, in this process never the same twice for one prefix. */
export function joinRequests(scheduleId: bigint, memberPrefix: string, target: Target): NextRequest {
  const bodyBytes = Buffer.byteLength(`{"memberId":"${memberPrefix}${'0'.repeat(idDigits)}"}`);
  const before =
    `POST /v1/schedules/${scheduleId}/queue/tickets HTTP/1.1\r\nHost: ${target.host}:${target.port}\r\n` +
    `Content-Type: application/json\r\nContent-Length: ${bodyBytes}\r\n\r\n{"memberId":"${memberPrefix}`;
  let next = 0;
  return () => `${before}${String(next++).padStart(idDigits, '0')}"}`;
}

/** Makes the poll of a ticket from its token. */
export function pollRequest(scheduleId: bigint, target: Target): (token: string) => string {
  const before = `GET /v1/schedules/${scheduleId}/queue/tickets/me HTTP/1.1\r\nHost: ${target.host}:${target.port}\r\nQueue-Token: `;
  return (token) => `${before}${token}\r\n\r\n`;
}

const tokenBegin = Buffer.from('"token":"');

/** The token in the answer to a join; undefined when there is none. */
export function tokenIn(body: Buffer): string | undefined {
  const begin = body.indexOf(tokenBegin);
  if (begin === -1) return undefined;
  const end = body.indexOf(0x22, begin + tokenBegin.length);
  return end === -1 ? undefined : body.toString('latin1', begin + tokenBegin.length, end);
}
