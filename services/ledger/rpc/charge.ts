import type { ServiceImpl } from '@connectrpc/connect';
import type { LedgerService } from '@boxoffice/proto/ledger';
import { actionOf } from '@boxoffice/runtime/database/actions';
import { identityOf } from '@boxoffice/runtime/identity';
import { responseOf } from '@boxoffice/runtime/replay';

import type { Deps } from '../deps.ts';

/** Adds money to a member's account. */
export const charge =
  ({ charges, systemAccounts }: Deps): ServiceImpl<typeof LedgerService>['charge'] =>
  async (request, context) => {
    const { partner } = identityOf(context);
    const action = actionOf(context, request, { kind: 'members', id: request.memberId, field: 'memberId' });
    const source = await systemAccounts.topUp(partner);
    return responseOf(context, await charges.charge(partner, request, source, action));
  };
