import type { ServiceImpl } from '@connectrpc/connect';
import type { LedgerService } from '@boxoffice/proto/ledger';
import { refuse } from '@boxoffice/runtime/error';
import { identityOf } from '@boxoffice/runtime/identity';

import { balanceOf } from '../account.ts';
import type { Deps } from '../deps.ts';
import { findMemberAccount } from '../sql/find-account.ts';

/** Tells a member's balance. Asked often, so a statement. */
export const getBalance =
  (deps: Deps): ServiceImpl<typeof LedgerService>['getBalance'] =>
  async ({ memberId }, context) => {
    const { partner } = identityOf(context);
    const account = await findMemberAccount.maybe(deps.pool, [partner, memberId]);
    if (account === undefined) throw refuse('MEMBER_UNKNOWN', `member ${memberId} has no account`);
    return { balance: balanceOf(account) };
  };
