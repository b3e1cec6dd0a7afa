import type { Target } from './connection.ts';

/** Requests, one after the other. */
export type NextRequest = () => string | Buffer;

/** What to ask. */
export type RequestPlan =
  | { readonly kind: 'polls'; readonly scheduleId: bigint; readonly tokens: readonly string[] }
  | { readonly kind: 'joins'; readonly scheduleId: bigint; readonly memberPrefix: string };

const idDigits = 9;

/** Makes the requests of a plan: polls are built once and asked in turn; each join is another member's. */
export function requestsOf(plan: RequestPlan, target: Target): NextRequest {
  if (plan.kind === 'joins') return joinRequests(plan.scheduleId, plan.memberPrefix, target);
  const poll = pollRequest(plan.scheduleId, target);
  const requests = plan.tokens.map((token) => Buffer.from(poll(token), 'latin1'));
  if (requests.length === 0) throw new Error('there are no tokens to poll with');
  let next = 0;
  return () => {
    const request = requests[next] ?? '';
    next = next + 1 === requests.length ? 0 : next + 1;
    return request;
  };
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
