import { pageOfActions } from '../action-pages.ts';
import { actionAnswer } from '../answers/action.ts';
import { reading, type Context, type Routes } from '../request/context.ts';
import type { Deps } from '../deps.ts';
import { pageOf } from '../request/parameters.ts';
import { page, send } from '../answers/send.ts';

/** What operators did. For operators. */
export function adminActionRoutes(routes: Routes, deps: Deps): void {
  routes.get('/v1/admin/actions', listActions(deps));
}

function listActions({ queueAdmin, inventoryAdmin, ledgerAdmin }: Deps) {
  const sources = { queue: queueAdmin, inventory: inventoryAdmin, ledger: ledgerAdmin };
  return async (ctx: Context): Promise<void> => {
    const options = reading(ctx);
    const { actions, nextPageToken } = await pageOfActions(
      (source, request) => sources[source].listActions(request, options),
      pageOf(ctx),
    );
    const answers = actions.map(({ source, action }) => actionAnswer(source, action));
    send(ctx, 200, page('actions', answers, nextPageToken));
  };
}
