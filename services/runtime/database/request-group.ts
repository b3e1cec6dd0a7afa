import type { Outcome, StoredOutcome } from './request-outcome.ts';
import { lockKeyOf, type RequestScope } from './request-scope.ts';
import type { Pool } from './pool.ts';
import { statement, type Queryable } from './statement.ts';
import { conduct, type PoolClient } from './transaction.ts';

// What `once` does for a request in a transaction of its own, for requests that share one.

type Texts = readonly string[];

interface FoundOutcome extends StoredOutcome {
  readonly partner: string;
  readonly member_id: string;
  readonly request_id: string;
}

/**
 * By the primary key of `requests`, once a request (`offset 0` keeps the planner from turning that round while the table is
 * small); no lock. Bound: the requests given.
 */
const findOutcomesStatement = statement<
  [operation: string, partners: Texts, memberIds: Texts, requestIds: Texts],
  FoundOutcome
>(
  'find-outcomes',
  `select stored.*
   from unnest($2::text[], $3::text[], $4::uuid[]) as asked (partner, member_id, request_id), lateral (
     select partner, member_id, request_id, fingerprint, response, refusal from requests
     where partner = asked.partner and member_id = asked.member_id and operation = $1 and request_id = asked.request_id
     offset 0
   ) as stored`,
);

/** Under the locks of the requests. Bound: the requests given. */
const storeOutcomesStatement = statement<
  [
    operation: string,
    partners: Texts,
    memberIds: Texts,
    requestIds: Texts,
    fingerprints: readonly Uint8Array[],
    responses: readonly (Uint8Array | null)[],
    refusals: readonly (Uint8Array | null)[],
  ]
>(
  'store-outcomes',
  `insert into requests (operation, partner, member_id, request_id, fingerprint, response, refusal)
   select $1, answered.*
   from unnest($2::text[], $3::text[], $4::uuid[], $5::bytea[], $6::bytea[], $7::bytea[])
     as answered (partner, member_id, request_id, fingerprint, response, refusal)`,
);

type Id = Omit<RequestScope, 'operation'>;

/** Names a request among those of one operation. A partner's name has no control characters, and a UUID has one length. */
export function requestKey({ partner, memberId, requestId }: Id): string {
  return `${partner}\n${requestId.toLowerCase()}${memberId}`;
}

/**
 * Runs a transaction for requests of one operation, each id once. It begins with a lock on each (advisory, until it ends): those
 * that another transaction has are under way there, and the work is told their {@link requestKey}s. Who reads with
 * {@link findOutcomes} then sees what the last holder of each lock has stored.
 *
 * @throws as `transaction`.
 */
export async function transactionOfRequests<T>(
  pool: Pool,
  operation: string,
  requests: readonly Id[],
  work: (client: PoolClient, inFlight: ReadonlySet<string>) => Promise<T>,
): Promise<T> {
  const byLock = new Map(requests.map((id) => [String(lockKeyOf(pool, { ...id, operation })), requestKey(id)]));
  const locks = [...byLock.keys()].join();
  const begin = `begin; select key::text from unnest('{${locks}}'::bigint[]) as key where not pg_try_advisory_xact_lock(key)`;
  return conduct(pool, begin, async (client, began) => {
    const taken = (began.at(-1)?.rows ?? []) as { key: string }[];
    const value = await work(client, new Set(taken.map(({ key }) => byLock.get(key) ?? '')));
    return { end: 'commit', settle: () => value };
  });
}

/** What is stored of requests of one operation, by their {@link requestKey}. */
export async function findOutcomes(
  client: Queryable,
  operation: string,
  requests: readonly Id[],
): Promise<Map<string, StoredOutcome>> {
  if (requests.length === 0) return new Map();
  const rows = await findOutcomesStatement.rows(client, [operation, ...columnsOf(requests)]);
  return new Map(
    rows.map((row) => [requestKey({ partner: row.partner, memberId: row.member_id, requestId: row.request_id }), row]),
  );
}

/** A request and what it came to. */
export interface SettledRequest extends Id {
  readonly fingerprint: Uint8Array;
  readonly outcome: Outcome;
}

/** Stores what requests of one operation came to. */
export async function storeOutcomes(
  client: Queryable,
  operation: string,
  requests: readonly SettledRequest[],
): Promise<void> {
  if (requests.length === 0) return;
  await storeOutcomesStatement.run(client, [
    operation,
    ...columnsOf(requests),
    requests.map(({ fingerprint }) => fingerprint),
    requests.map(({ outcome }) => outcome.response),
    requests.map(({ outcome }) => outcome.refusal),
  ]);
}

function columnsOf(requests: readonly Id[]): [Texts, Texts, Texts] {
  return [
    requests.map(({ partner }) => partner),
    requests.map(({ memberId }) => memberId),
    requests.map(({ requestId }) => requestId),
  ];
}
