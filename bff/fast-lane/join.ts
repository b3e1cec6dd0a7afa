import type { IncomingMessage, ServerResponse } from 'node:http';
import type { CallOptions } from '@connectrpc/connect';
import type { AccessTokenVerifier } from '../caller/access-token.ts';
import { putBack } from '../request/body.ts';
import { clientAddressOf } from '../http/client-address.ts';
import type { Deps } from '../deps.ts';
import { joinQueue, type JoinParts } from '../joining/join-queue.ts';
import { isMemberId } from '../caller/member-id.ts';
import { requestIdOf } from '../http/request-id.ts';
import { answer } from './answer.ts';
import { callerOf } from './caller.ts';
import type { FastLane } from './fast-lane.ts';

/** What joins are made with. */
export interface JoinLaneOptions extends JoinParts, Pick<Deps, 'trustedProxies'> {
  readonly verifyAccess: AccessTokenVerifier | undefined;
  readonly readTimeoutMs: number;
  /** Where a request goes that turned out not to be plain, its body put back. */
  readonly onion: (req: IncomingMessage, res: ServerResponse) => void;
  /** Answers for what failed. */
  readonly fail: (req: IncomingMessage, res: ServerResponse, requestId: string, error: unknown) => void;
}

const pathPattern = /^\/v1\/schedules\/([1-9][0-9]{0,17})\/queue\/tickets$/;
const bodyBytesMax = 512;
// One field, a text without escapes: what every client sends. U+FFFD may stand for bytes that are not UTF-8, in which two
// members would become one; and of white space only what JSON takes for such.
const bodyPattern = /^[ \t\r\n]*\{[ \t\r\n]*"memberId"[ \t\r\n]*:[ \t\r\n]*"([^"\\\ufffd]+)"[ \t\r\n]*\}[ \t\r\n]*$/;

/** Answers the join of a member: as one of a group, and with the position that the board has. */
export function joinLane(options: JoinLaneOptions): FastLane {
  return (req, res) => {
    const scheduleId = pathPattern.exec(req.url ?? '')?.[1];
    const caller = callerOf(options.verifyAccess, req);
    if (scheduleId === undefined || caller === undefined || !isPlain(req)) {
      return false;
    }
    readBody(req, (body) => {
      const memberId = bodyPattern.exec(body.toString())?.[1] ?? '';
      if (isMemberId(memberId) && (caller.member ?? memberId) === memberId) {
        void join(options, req, res, BigInt(scheduleId), memberId);
      } else {
        putBack(req, body);
        options.onion(req, res);
      }
    });
    return true;
  };
}

function isPlain({ headers }: IncomingMessage): boolean {
  return (
    headers['content-type'] === 'application/json' &&
    Number(headers['content-length'] ?? bodyBytesMax + 1) <= bodyBytesMax &&
    headers['content-encoding'] === undefined &&
    headers['idempotency-key'] === undefined
  );
}

/** A client that goes away before its body has come is not heard of again. */
function readBody(req: IncomingMessage, done: (body: Buffer) => void): void {
  const chunks: Buffer[] = [];
  req.on('data', (chunk: Buffer) => chunks.push(chunk));
  req.on('end', () => done(chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks)));
}

async function join(
  options: JoinLaneOptions,
  req: IncomingMessage,
  res: ServerResponse,
  scheduleId: bigint,
  memberId: string,
): Promise<void> {
  const requestId = requestIdOf(req);
  try {
    const reading = (): CallOptions => ({ timeoutMs: options.readTimeoutMs, headers: { 'x-request-id': requestId } });
    const clientAddress = clientAddressOf(req, options.trustedProxies);
    const { status, body } = await joinQueue(options, { scheduleId, memberId, clientAddress }, reading);
    answer(res, status, requestId, body);
  } catch (error) {
    options.fail(req, res, requestId, error);
  }
}
