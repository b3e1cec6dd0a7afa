import { timestampMs } from '@bufbuild/protobuf/wkt';
import type { Action } from '@boxoffice/proto/audit';
import { actionsTokenBefore } from '@boxoffice/runtime/database/actions';
import { decodePageToken, encodePageToken } from '@boxoffice/runtime/database/page-token';
import { actionSources, type ActionSource } from './answers/action.ts';

/** Asks one service for a page of what operators did in it, newest first. */
export type ReadActions = (
  source: ActionSource,
  page: { readonly pageSize: number; readonly pageToken: string },
) => Promise<{ readonly actions: readonly Action[]; readonly nextPageToken: string }>;

/** An action, and who keeps it. */
export interface SourcedAction {
  readonly source: ActionSource;
  readonly action: Action;
}

/** What is left of a service's actions: those before an id. */
interface Rest {
  readonly source: ActionSource;
  actions: readonly Action[];
  /** There are others behind these. */
  readonly more: boolean;
  before: bigint;
}

const shape = { queue: 'bigint', inventory: 'bigint', ledger: 'bigint' } as const;
const scope = 'actions of all';
const pageSizeDefault = 50;
/** Before every id, and before none. */
const newest = 2n ** 63n - 1n;
const none = 1n;

/**
 * A page of what operators did in all services, newest first. Within a service they stay in its order. The token has, for each
 * service, the action before which the next page begins: what is done in the meantime moves nothing.
 *
 * @throws ServiceError PAGE_TOKEN_INVALID
 */
export async function pageOfActions(
  read: ReadActions,
  { pageSize, pageToken }: { readonly pageSize: number; readonly pageToken: string },
): Promise<{ actions: SourcedAction[]; nextPageToken: string }> {
  const size = pageSize || pageSizeDefault;
  const begin = decodePageToken(pageToken, shape, scope);
  const rests = await Promise.all(
    actionSources.map((source) => readRest(read, source, size, begin?.[source] ?? newest)),
  );
  const actions: SourcedAction[] = [];
  for (let next = newestOf(rests); next !== undefined && actions.length < size; next = newestOf(rests)) {
    const [action, ...others] = next.actions;
    if (action === undefined) break;
    actions.push({ source: next.source, action });
    next.actions = others;
    next.before = action.id;
  }
  const isLast = rests.every((rest) => rest.actions.length === 0 && !rest.more);
  return { actions, nextPageToken: isLast ? '' : tokenOf(rests) };
}

async function readRest(read: ReadActions, source: ActionSource, size: number, before: bigint): Promise<Rest> {
  if (before <= none) return { source, actions: [], more: false, before };
  const pageToken = before === newest ? '' : actionsTokenBefore(before);
  const { actions, nextPageToken } = await read(source, { pageSize: size, pageToken });
  const [first] = actions;
  // Where none of them is taken, the next page begins with them, and not with what is done until then.
  return { source, actions, more: nextPageToken !== '', before: first === undefined ? none : first.id + 1n };
}

/** The service whose next action is the newest. */
function newestOf(rests: readonly Rest[]): Rest | undefined {
  const at = ({ actions: [next] }: Rest): number => (next?.actedAt ? timestampMs(next.actedAt) : -1);
  return rests
    .filter(({ actions }) => actions.length > 0)
    .reduce<Rest | undefined>((best, rest) => (best === undefined || at(rest) > at(best) ? rest : best), undefined);
}

function tokenOf(rests: readonly Rest[]): string {
  const before = new Map(rests.map((rest) => [rest.source, rest.before]));
  return encodePageToken(
    Object.fromEntries(actionSources.map((source) => [source, before.get(source) ?? none])),
    scope,
  );
}
