import { randomUUID } from 'node:crypto';

import type { ServiceImpl } from '@connectrpc/connect';
import type { LedgerService } from '@boxoffice/proto/ledger';
import { identityOf } from '@boxoffice/runtime/identity';

import { balanceOf, currency } from '../account.ts';
import type { Deps } from '../deps.ts';
import { findMemberAccount } from '../sql/find-account.ts';
import { openMemberAccount } from '../sql/open-account.ts';

/** Opens a member's account, or gives the one there is. An empty id: makes one up. */
export const openAccount =
  (deps: Deps): ServiceImpl<typeof LedgerService>['openAccount'] =>
  async (request, context) => {
    const { partner } = identityOf(context);
    const memberId = request.memberId || randomUUID();
    const opened = await openMemberAccount.maybe(deps.pool, [partner, memberId, currency]);
    const account = opened ?? (await findMemberAccount.one(deps.pool, [partner, memberId]));
    return { balance: balanceOf(account), created: opened !== undefined };
  };
