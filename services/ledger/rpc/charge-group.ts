import { create } from '@bufbuild/protobuf';
import { durationFromMs } from '@bufbuild/protobuf/wkt';
import type { ServiceImpl } from '@connectrpc/connect';
import {
  ChargeGroupResponse_ResultSchema,
  type ChargeGroupResponse_Result,
  type LedgerService,
} from '@boxoffice/proto/ledger';
import { errorInfoOf, retryAfterMsOf, ServiceError } from '@boxoffice/runtime/error';
import { identityOf } from '@boxoffice/runtime/identity';
import { isReplay } from '@boxoffice/runtime/replay';

import type { Deps } from '../deps.ts';

/** Makes charges that come at the same moment. */
export const chargeGroup =
  ({ charges, systemAccounts }: Deps): ServiceImpl<typeof LedgerService>['chargeGroup'] =>
  async (request, context) => {
    const { partner } = identityOf(context);
    const source = await systemAccounts.topUp(partner);
    const results = request.charges.map((charge) => charges.charge(partner, charge, source).then(charged, refused));
    return { results: await Promise.all(results) };
  };

function charged({ response, replayed }: Awaited<ReturnType<Deps['charges']['charge']>>): ChargeGroupResponse_Result {
  const { balance, transferId } = response;
  const value = { ...(balance && { balance }), transferId, replayed };
  return create(ChargeGroupResponse_ResultSchema, { result: { case: 'charged', value } });
}

/** @throws what is no refusal of one charge: a database that is away. */
function refused(error: unknown): ChargeGroupResponse_Result {
  if (!(error instanceof ServiceError)) throw error;
  const { reason, rawMessage: message } = error;
  const retryAfterMs = retryAfterMsOf(error);
  const value = {
    reason,
    message,
    metadata: errorInfoOf(error)?.metadata ?? {},
    replayed: isReplay(error.metadata),
    ...(retryAfterMs !== undefined && { retryAfter: durationFromMs(retryAfterMs) }),
  };
  return create(ChargeGroupResponse_ResultSchema, { result: { case: 'refused', value } });
}
