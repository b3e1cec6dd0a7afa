import { randomUUID } from 'node:crypto';

import type { ServiceImpl } from '@connectrpc/connect';
import type { LedgerService } from '@boxoffice/proto/ledger';
import { recordAction } from '@boxoffice/runtime/database/actions';
import { transaction } from '@boxoffice/runtime/database/transaction';
import { identityOf } from '@boxoffice/runtime/identity';

import { balanceOf, currency } from '../account.ts';
import type { Deps } from '../deps.ts';
import { findMemberAccount } from '../sql/find-account.ts';
import { openMemberAccount } from '../sql/open-account.ts';

/** Opens a member's account, or gives the one there is. An empty id: makes one up. */
export const openAccount =
  (deps: Deps): ServiceImpl<typeof LedgerService>['openAccount'] =>
  async (request, context) => {
    const { kind, partner } = identityOf(context);
    const memberId = request.memberId || randomUUID();
    const values: Parameters<typeof openMemberAccount.maybe>[1] = [partner, memberId, currency];
    const opened =
      kind === 'operator'
        ? await transaction(deps.pool, async (client) => {
            const account = await openMemberAccount.maybe(client, values);
            const subject = { kind: 'members', id: memberId, field: 'memberId' };
            if (account !== undefined) await recordAction(client, context, request, subject);
            return account;
          })
        : await openMemberAccount.maybe(deps.pool, values);
    const account = opened ?? (await findMemberAccount.one(deps.pool, [partner, memberId]));
    return { balance: balanceOf(account), created: opened !== undefined };
  };
