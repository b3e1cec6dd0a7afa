import type { ChargeRequest, ChargeResponseSchema } from '@boxoffice/proto/ledger';
import type { MessageInitShape } from '@bufbuild/protobuf';
import type { Deps } from '../deps.ts';
import type { Call } from './call.ts';

/** Charges an account, in a group. */
export function charge({ charges }: Pick<Deps, 'charges'>) {
  return async (request: ChargeRequest, call: Call): Promise<MessageInitShape<typeof ChargeResponseSchema>> => {
    const { balance, transferId, replayed } = await charges.charge(request);
    call.tellReplay(replayed);
    return { balance, transferId };
  };
}
