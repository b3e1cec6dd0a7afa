import { create } from '@bufbuild/protobuf';
import { Code, ConnectError, type Client } from '@connectrpc/connect';
import {
  ChargeGroupRequestSchema,
  type Balance,
  type ChargeGroupResponse_Result,
  type ChargeRequest,
  type LedgerService,
} from '@boxoffice/proto/ledger';
import { markReplay } from '@boxoffice/runtime/replay';
import { CallGroups } from './call-groups.ts';
import { refusalOf } from './group-refusal.ts';

/** The money is there. */
export interface Charged {
  readonly balance: Balance;
  readonly transferId: bigint;
  /** By an earlier call with the same request id. */
  readonly replayed: boolean;
}

interface ChargeGroupsOptions {
  readonly ledger: Pick<Client<typeof LedgerService>, 'chargeGroup'>;
  readonly timeoutMs: number;
}

/** With more, groups are smaller, and a charge costs more. */
const groupsAtOnceMax = 2;

/** Charges members' accounts in groups, all in one line. */
export class ChargeGroups {
  readonly #groups: CallGroups<'charges', ChargeRequest, Charged, ChargeGroupResponse_Result>;

  constructor({ ledger, timeoutMs }: ChargeGroupsOptions) {
    this.#groups = new CallGroups({
      atOnceMax: groupsAtOnceMax,
      call: async (_, charges) => {
        const request = create(ChargeGroupRequestSchema, { charges: [...charges] });
        return (await ledger.chargeGroup(request, { timeoutMs })).results;
      },
      settle,
    });
  }

  /**
   * Charges one account.
   *
   * @throws ServiceError what `LedgerService.Charge` refuses for, marked where it is a replay, and BUSY when too many wait
   * already.
   * @throws ConnectError when the Ledger cannot be reached.
   */
  charge(request: ChargeRequest): Promise<Charged> {
    return this.#groups.add('charges', request);
  }
}

function settle(
  { resolve, reject }: PromiseWithResolvers<Charged>,
  answer: ChargeGroupResponse_Result | undefined,
): void {
  const result = answer?.result;
  if (result?.case === 'charged' && result.value.balance !== undefined) {
    const { balance, transferId, replayed } = result.value;
    resolve({ balance, transferId, replayed });
  } else if (result?.case === 'refused') {
    const refusal = refusalOf(result.value);
    if (result.value.replayed) {
      markReplay(refusal.metadata);
    }
    reject(refusal);
  } else {
    reject(new ConnectError('the Ledger answered without a balance', Code.Internal));
  }
}
