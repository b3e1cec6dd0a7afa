import { Code } from '@connectrpc/connect';
import type { Logger } from 'pino';
import { reasonOf } from '../error.ts';
import { callerOf, type Identity } from '../identity.ts';
import type { Failure } from './failure.ts';

/** What is logged of a finished call. Never a key, a token, or what the messages say. */
export interface CallRecord {
  readonly rpc: string;
  readonly identity: Identity | undefined;
  readonly peer: string;
  /** By `performance.now()`. */
  readonly startedMs: number;
  /** How many messages a stream has sent. */
  readonly sent?: number;
  /** Why it failed, if it did. */
  readonly failure?: Failure;
}

/**
 * Writes the one line a finished call leaves in the log. Calls that went well and refusals are `debug`, since a rush
 * makes tens of thousands of them a second; what an operator has to see is `warn` or `error`.
 */
export function logCall(log: Logger, record: CallRecord): void {
  const { rpc, identity, peer, startedMs, sent, failure } = record;
  const level = failure?.level ?? 'debug';
  if (!log.isLevelEnabled(level)) {
    return;
  }
  const line = {
    rpc,
    code: failure === undefined ? 'OK' : Code[failure.error.code],
    reason: reasonOf(failure?.error),
    caller: identity === undefined ? undefined : callerOf(identity),
    partner: identity?.partner,
    peer,
    durationMs: Math.round((performance.now() - startedMs) * 10) / 10,
    sent,
  };
  if (failure === undefined) {
    log[level](line, 'call');
  } else {
    log[level]({ ...line, ...causeOf(failure) }, failure.error.rawMessage);
  }
}

/** A fault of ours with its stack; of a dependency that is away, which fails many calls a second, what it said. */
function causeOf({ level, incident, cause }: Failure): object {
  if (level === 'error') return { incident, err: cause };
  return { incident, why: cause instanceof Error ? cause.message : undefined };
}

/** Notes how a handler failed when its call had already ended otherwise, and nobody was left to be told. */
export function logLateFailure(
  log: Logger,
  rpc: string,
  failure: Failure | undefined,
  ended: PromiseSettledResult<unknown>,
): void {
  if (ended.status === 'rejected' && ended.reason !== failure?.error && ended.reason !== failure?.cause) {
    log.debug({ rpc, err: ended.reason as unknown }, 'the handler failed after its call had ended');
  }
}
