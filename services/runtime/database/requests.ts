import type { DescMessage, MessageShape } from '@bufbuild/protobuf';
import type pg from 'pg';

import { fingerprint } from './fingerprint.ts';
import type { Pool } from './pool.ts';
import { answered, inFlight, refused, replayed, type Outcome, type StoredOutcome } from './request-outcome.ts';
import type { RequestScope } from './request-scope.ts';
import { beginSql, endSql, literalsOf } from './request-sql.ts';
import { statement } from './statement.ts';
import { conduct, transaction, type Ending, type PoolClient } from './transaction.ts';

/**
 * DDL of the table that {@link once} keeps its answers in, as it was made first; part of the first migration of every schema
 * that has a mutating RPC. {@link requestsByMember} makes it what it is.
 */
export const requestsTable = `
  create table requests (
    partner text not null check (length(partner) between 1 and 64),
    request_id uuid not null,
    operation text not null,
    fingerprint bytea not null check (length(fingerprint) = 32),
    response bytea,
    refusal bytea,
    created_at timestamptz not null default now(),
    primary key (partner, request_id),
    check (num_nonnulls(response, refusal) = 1)
  );
  create index requests_created_at on requests (created_at);
`;

/**
 * DDL that makes a request id a member's own, one for each operation; a migration of every schema that has
 * {@link requestsTable}. What was kept before is nobody's: it is not found again, but where a call has no member.
 */
export const requestsByMember = `
  alter table requests
    add column member_id text not null default '' check (length(member_id) <= 64),
    drop constraint requests_pkey,
    add primary key (partner, member_id, operation, request_id);
`;

/** A mutating request, as {@link once} tells it from others; an empty id: the caller does not want to try again. */
export interface OnceRequest<Q extends DescMessage, A extends DescMessage> extends RequestScope {
  readonly request: MessageShape<Q>;
  readonly requestSchema: Q;
  readonly responseSchema: A;
}

export interface OnceResponse<A extends DescMessage> {
  readonly response: MessageShape<A>;
  /** The work was done by an earlier call. */
  readonly replayed: boolean;
}

/**
 * Does the work of a request in a transaction, once: the same request again gives the same answer, or is refused again as
 * it was the first time, marked as a replay. What the work did and that it was done are committed together.
 *
 * A refusal (a ServiceError that the work throws) is an answer, and stored, unless trying again is what it asks for: see
 * `isFinal`. Then and after any other error nothing is stored, and the same id may be used again; so it may, always, when
 * the id is empty.
 *
 * Two round trips more than the work, as many as a bare transaction: the first begins, takes the lock and reads, the last
 * stores and commits. Each is one text with its values written into it: 1.5 times the requests a second of the same as
 * prepared statements, one after the other (10 connections, 2 cores shared with the server).
 *
 * @throws ServiceError REQUEST_ID_REUSED when the id belongs to another request; REQUEST_IN_FLIGHT while another call with
 * it is under way (nobody waits for it); the stored refusal; and all that `transaction` throws.
 */
export async function once<Q extends DescMessage, A extends DescMessage>(
  pool: Pool,
  request: OnceRequest<Q, A>,
  work: (client: PoolClient) => Promise<MessageShape<A>>,
): Promise<OnceResponse<A>> {
  if (request.requestId === '') return { response: await transaction(pool, work), replayed: false };
  const mine = fingerprint(request.operation, request.requestSchema, request.request);
  const scope = literalsOf(pool, request);
  return conduct(pool, beginSql(scope), async (client, began) => {
    const known = earlier(began, mine, request);
    if (known !== undefined) return known;
    const { outcome, settle } = await outcomeOf(client, work, request.responseSchema);
    return { end: endSql(scope, mine, outcome), settle };
  });
}

/**
 * The answer that a request was given, without any work: for a caller who is refused before the work could begin, because
 * what the request has done itself, or time, took away the right to make it.
 *
 * @returns undefined when it was given none.
 * @throws ServiceError REQUEST_ID_REUSED, REQUEST_IN_FLIGHT, the stored refusal, as {@link once} does.
 */
export async function recall<Q extends DescMessage, A extends DescMessage>(
  pool: Pool,
  request: OnceRequest<Q, A>,
): Promise<OnceResponse<A> | undefined> {
  if (request.requestId === '') return undefined;
  const mine = fingerprint(request.operation, request.requestSchema, request.request);
  return conduct(
    pool,
    beginSql(literalsOf(pool, request)),
    async (_, began): Promise<Ending<OnceResponse<A> | undefined>> =>
      earlier(began, mine, request) ?? { end: 'rollback', settle: () => undefined },
  );
}

/** How a transaction ends that finds its request done, or being done; undefined when the request is new. */
function earlier<A extends DescMessage>(
  began: readonly pg.QueryResult[],
  mine: Buffer,
  request: OnceRequest<DescMessage, A>,
): Ending<OnceResponse<A>> | undefined {
  const [, lock, read] = began as [unknown, pg.QueryResult<{ locked: boolean }>, pg.QueryResult<StoredOutcome>];
  const [stored] = read.rows;
  if (stored !== undefined) {
    return { end: 'rollback', settle: () => ({ response: replayed(stored, mine, request), replayed: true }) };
  }
  if (lock.rows[0]?.locked === true) return undefined;
  return { end: 'rollback', settle: () => raise(inFlight(request.requestId)) };
}

interface Done<A extends DescMessage> {
  readonly outcome: Outcome;
  readonly settle: () => OnceResponse<A>;
}

async function outcomeOf<A extends DescMessage>(
  client: PoolClient,
  work: (client: PoolClient) => Promise<MessageShape<A>>,
  schema: A,
): Promise<Done<A>> {
  try {
    const response = await work(client);
    return { outcome: answered(schema, response), settle: () => ({ response, replayed: false }) };
  } catch (error) {
    const outcome = refused(error);
    if (outcome === undefined) throw error;
    return { outcome, settle: () => raise(error) };
  }
}

function raise(error: unknown): never {
  throw error;
}

/**
 * Locks the rows it deletes, skipping those that another sweeper has. Bound: `$2` rows, the oldest first, by
 * `requests_created_at`, and then by where they lie.
 */
export const deleteOldRequests = statement<[number, number]>(
  'delete-old-requests',
  `delete from requests
   where ctid = any (array(
     select ctid from requests
     where created_at < now() - make_interval(secs => $1)
     order by created_at
     limit $2
     for update skip locked
   ))`,
);

/** A plan that was made while the table was small, when reading all of it was cheapest, would be kept while it grows. */
export const beginSweep = 'begin; set local enable_seqscan = off';

/** More than one second's requests, since services sweep once a second. */
const sweepLimitDefault = 5_000;

/**
 * Forgets requests that are older than `olderThanSeconds`, at most `limit` of them: call again while it returns that many. A
 * client that sends such an id again has its request done again, so keep them for longer than any client tries.
 *
 * @returns how many were forgotten.
 */
export function sweepRequests(pool: Pool, olderThanSeconds: number, limit = sweepLimitDefault): Promise<number> {
  return conduct(pool, beginSweep, async (client) => {
    const forgotten = await deleteOldRequests.run(client, [olderThanSeconds, limit]);
    return { end: 'commit', settle: () => forgotten };
  });
}
