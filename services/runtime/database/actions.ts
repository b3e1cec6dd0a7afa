import { create, toJson, type JsonObject, type Message } from '@bufbuild/protobuf';
import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import type { HandlerContext } from '@connectrpc/connect';
import { ActionSchema, type Action } from '@boxoffice/proto/audit';

import { identityOf, housePartner } from '../identity.ts';
import { decodePageToken, encodePageToken } from './page-token.ts';
import { statement, type Queryable } from './statement.ts';
import type { PoolClient } from './transaction.ts';

/**
 * DDL of the table of what operators did; part of a migration of every schema that operators change. Rows are written and
 * never changed. `request_id` tells the repetition of a request that changes nothing the second time.
 */
export const actionsTable = `
  create table operator_actions (
    id bigint generated always as identity primary key,
    acted_at timestamptz not null default now(),
    operator text not null check (length(operator) between 1 and 63),
    action text not null check (action ~ '^[A-Z][A-Za-z]{1,63}$'),
    subject text not null check (length(subject) between 1 and 100),
    request_id uuid,
    details jsonb not null check (jsonb_typeof(details) = 'object' and octet_length(details::text) <= 8192)
  );
  create index operator_actions_by_request on operator_actions (request_id) where request_id is not null;

  create function keep_action() returns trigger language plpgsql as $$
  begin
    raise exception '% of % is forbidden: what was done was done', tg_op, tg_table_name using errcode = 'restrict_violation';
  end $$;
  create trigger operator_actions_fixed before update or delete on operator_actions
    for each row execute function keep_action();
  create trigger operator_actions_not_truncated before truncate on operator_actions
    for each statement execute function keep_action();
`;

/** Something that an operator does, ready to be written. */
export interface OperatorAction {
  readonly operator: string;
  readonly action: string;
  readonly subject: string;
  /** Null: nobody will repeat it. */
  readonly requestId: string | null;
  /** A JSON object. */
  readonly details: string;
}

/** What something is done to, as in `concerts/1`. */
export interface ActionSubject {
  readonly kind: string;
  readonly id: bigint | string;
  /** The field of the request that names it; undefined where the request has made it. */
  readonly field?: string;
}

/** Who calls what, as a handler's context tells it. */
type Caller = Pick<HandlerContext, 'values' | 'method' | 'service'>;

/**
 * Writes down what an operator does, in the transaction that does it; nothing where somebody else calls. Call it where the
 * work is done, behind whatever may refuse it: within `once` a request that is told again writes nothing.
 *
 * @param changed false: the request has found everything as it wants it. Then a repetition under its id writes nothing.
 */
export async function recordAction(
  client: PoolClient,
  context: Caller,
  request: Message,
  subject: ActionSubject,
  changed = true,
): Promise<void> {
  const action = actionOf(context, request, subject);
  if (action !== undefined) await writeActions(client, [action], changed);
}

/** What an operator does with a call, to be written later; undefined where somebody else calls. */
export function actionOf(
  context: Caller,
  request: Message,
  { kind: things, id, field }: ActionSubject,
): OperatorAction | undefined {
  const { kind, name: operator, partner } = identityOf(context);
  if (kind !== 'operator') return undefined;
  const { name: action, input } = context.method;
  const said = toJson(input, request) as JsonObject;
  // What is empty is not in it.
  const requestId = typeof said['requestId'] === 'string' ? said['requestId'] : null;
  const whose: JsonObject = partner === housePartner ? {} : { partner };
  const details = detailsOf({ ...whose, ...said }, new Set(['requestId', field]));
  return {
    operator,
    action,
    subject: `${things}/${id}`,
    requestId,
    details,
  };
}

/** Writes several at once, as {@link recordAction} does each. */
export async function writeActions(
  client: PoolClient,
  actions: readonly OperatorAction[],
  changed = true,
): Promise<void> {
  if (actions.length === 0) return;
  await insertActions.run(client, [
    actions.map(({ operator }) => operator),
    actions.map(({ action }) => action),
    actions.map(({ subject }) => subject),
    actions.map(({ requestId }) => requestId),
    actions.map(({ details }) => details),
    changed,
  ]);
}

/** Of a JSON object in bytes, with room for the names of what was left out. */
const detailBytesMax = 4_096 - 512;

/** What a request says beside its id and its subject. What would make it too long is named in `leftOut` alone. */
function detailsOf(said: JsonObject, without: ReadonlySet<string | undefined>): string {
  const kept: JsonObject = {};
  const leftOut: string[] = [];
  let bytes = 2;
  for (const [name, value] of Object.entries(said)) {
    if (without.has(name)) continue;
    const more = Buffer.byteLength(JSON.stringify({ [name]: value }));
    if (bytes + more > detailBytesMax) leftOut.push(name);
    else {
      kept[name] = value;
      bytes += more;
    }
  }
  return JSON.stringify(leftOut.length === 0 ? kept : { ...kept, leftOut });
}

type Texts = readonly string[];

/**
 * Inserts actions. Locks nothing; whoever may repeat a request that changes nothing holds a lock of its subject. Index: that
 * of the request ids.
 */
export const insertActions = statement<
  [operators: Texts, actions: Texts, subjects: Texts, requestIds: readonly (string | null)[], details: Texts, boolean]
>(
  'insert-actions',
  `insert into operator_actions (operator, action, subject, request_id, details)
   select done.operator, done.action, done.subject, done.request_id, done.details
   from unnest($1::text[], $2::text[], $3::text[], $4::uuid[], $5::jsonb[])
     with ordinality as done (operator, action, subject, request_id, details, ordinal)
   where $6::boolean or not exists (
     select from operator_actions earlier
     where earlier.request_id = done.request_id and earlier.operator = done.operator and earlier.action = done.action
       and earlier.subject = done.subject
   )
   order by done.ordinal`,
);

/** An action as it was written. */
export interface ActionRow {
  readonly id: bigint;
  readonly acted_at: Date;
  readonly operator: string;
  readonly action: string;
  readonly subject: string;
  readonly details: JsonObject;
}

/** A page of actions, newest first: from the id before which to begin on. Index: the primary key. Bound: the limit. */
export const readActions = statement<[before: bigint, limit: number], ActionRow>(
  'read-actions',
  `select id, acted_at, operator, action, subject, details from operator_actions
   where id < $1 order by id desc limit $2`,
);

const pageSizeDefault = 50;
const scope = 'actions';
/** Before every id. */
const newest = 2n ** 63n - 1n;

/** The token of the page that begins before an action: good in every service that keeps actions. */
export function actionsTokenBefore(id: bigint): string {
  return encodePageToken({ id }, scope);
}

/** A page of what operators did, newest first. @throws ServiceError PAGE_TOKEN_INVALID */
export async function listActionsPage(
  client: Queryable,
  { pageSize, pageToken }: { readonly pageSize: number; readonly pageToken: string },
): Promise<{ actions: Action[]; nextPageToken: string }> {
  const before = decodePageToken(pageToken, { id: 'bigint' }, scope)?.id ?? newest;
  const size = pageSize || pageSizeDefault;
  // One more than the page, to know whether there is another.
  const found = await readActions.rows(client, [before, size + 1]);
  const page = found.slice(0, size);
  const last = page.at(-1);
  return {
    actions: page.map(actionMessage),
    nextPageToken: found.length > size && last ? actionsTokenBefore(last.id) : '',
  };
}

function actionMessage({ id, acted_at, operator, action, subject, details }: ActionRow): Action {
  const actedAt = timestampFromDate(acted_at);
  return create(ActionSchema, { id, actedAt, operator, action, subject, details: JSON.stringify(details) });
}
