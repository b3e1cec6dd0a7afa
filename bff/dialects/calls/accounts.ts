import { create } from '@bufbuild/protobuf';
import { ChargeRequestSchema, GetBalanceRequestSchema, type Balance } from '@boxoffice/proto/ledger';
import { validateRequest } from '@boxoffice/runtime/validation';
import { reading } from '../../request/context.ts';
import { requestIdOf, tellReplay } from '../../request/idempotency.ts';
import { present } from '../../answers/send.ts';
import type { Call } from '../dialect.ts';

/**
 * Adds money to a member's account; tells what is in it then.
 *
 * @throws ServiceError what `LedgerService.Charge` refuses for.
 */
export async function charge(
  { ctx, deps }: Call,
  { memberId, amount }: { readonly memberId: string; readonly amount: bigint },
): Promise<Balance> {
  const request = create(ChargeRequestSchema, { requestId: requestIdOf(ctx), memberId, amount });
  validateRequest(ChargeRequestSchema, request);
  const { balance, replayed } = await deps.charges.charge(request);
  tellReplay(ctx, replayed);
  return balance;
}

/** What a member has. @throws ConnectError MEMBER_UNKNOWN. */
export async function balance({ ctx, deps }: Call, { memberId }: { readonly memberId: string }): Promise<Balance> {
  const request = create(GetBalanceRequestSchema, { memberId });
  return present((await deps.ledger.getBalance(request, reading(ctx))).balance);
}
