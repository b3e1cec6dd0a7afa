import { create } from '@bufbuild/protobuf';
import type { ServiceImpl } from '@connectrpc/connect';
import { ChargeRequestSchema, ChargeResponseSchema, type LedgerService } from '@boxoffice/proto/ledger';
import { once } from '@boxoffice/runtime/database/requests';
import type { PoolClient } from '@boxoffice/runtime/database/transaction';
import { refuse, type ServiceError } from '@boxoffice/runtime/error';
import { identityOf } from '@boxoffice/runtime/identity';
import { responseOf } from '@boxoffice/runtime/replay';

import { balanceMax, balanceOf } from '../account.ts';
import type { Deps } from '../deps.ts';
import { chargeAccount } from '../sql/charge-account.ts';
import { findMemberAccount } from '../sql/find-account.ts';

/** Adds money to a member's account. */
export const charge =
  (deps: Deps): ServiceImpl<typeof LedgerService>['charge'] =>
  async (request, context) => {
    const { partner } = identityOf(context);
    const { requestId, memberId, amount } = request;
    const source = await deps.systemAccounts.topUp(partner);
    const charged = await once(
      deps.pool,
      {
        requestId,
        partner,
        memberId,
        operation: 'Charge',
        request,
        requestSchema: ChargeRequestSchema,
        responseSchema: ChargeResponseSchema,
      },
      async (client) => {
        const account = await chargeAccount.maybe(client, [partner, memberId, amount, source]);
        if (account === undefined) throw await whyNot(client, partner, memberId);
        return create(ChargeResponseSchema, { balance: balanceOf(account), transferId: account.transfer_id });
      },
    );
    return responseOf(context, charged);
  };

async function whyNot(client: PoolClient, partner: string, memberId: string): Promise<ServiceError> {
  const account = await findMemberAccount.maybe(client, [partner, memberId]);
  if (account === undefined) return refuse('MEMBER_UNKNOWN', `member ${memberId} has no account`);
  const metadata = { balanceMax: String(balanceMax) };
  return refuse('BALANCE_LIMIT', `a balance is at most ${balanceMax}`, { metadata });
}
