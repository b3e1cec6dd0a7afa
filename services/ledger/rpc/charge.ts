import type { ServiceImpl } from '@connectrpc/connect';
import type { LedgerService } from '@boxoffice/proto/ledger';
import { identityOf } from '@boxoffice/runtime/identity';
import { responseOf } from '@boxoffice/runtime/replay';

import type { Deps } from '../deps.ts';

/** Adds money to a member's account. */
export const charge =
  ({ charges, systemAccounts }: Deps): ServiceImpl<typeof LedgerService>['charge'] =>
  async (request, context) => {
    const { partner } = identityOf(context);
    return responseOf(context, await charges.charge(partner, request, await systemAccounts.topUp(partner)));
  };
