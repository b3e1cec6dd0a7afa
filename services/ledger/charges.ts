import { ChargeRequestSchema, type ChargeRequest, type ChargeResponseSchema } from '@boxoffice/proto/ledger';
import type { OperatorAction } from '@boxoffice/runtime/database/actions';
import { databaseFailure } from '@boxoffice/runtime/database/failure';
import { fingerprint } from '@boxoffice/runtime/database/fingerprint';
import type { Pool } from '@boxoffice/runtime/database/pool';
import { requestKey, transactionOfRequests } from '@boxoffice/runtime/database/request-group';
import { inFlight } from '@boxoffice/runtime/database/request-outcome';
import type { OnceResponse } from '@boxoffice/runtime/database/requests';
import { noFaults, type FaultPoints } from '@boxoffice/runtime/fault-points';
import { Groups, type Grouped } from '@boxoffice/runtime/groups';

import type { FaultPoint } from './fault-points.ts';
import { chargeGroup, identified, operation, type ChargeOutcome, type GroupedCharge } from './charge-group.ts';

type Charged = OnceResponse<typeof ChargeResponseSchema>;

/** Charges in one transaction at most. Each takes an entry of PostgreSQL's table of locks, 6,400 of them by default. */
const groupMax = 256;
/** While one group waits for its commit, the next is being written. */
const groupsAtOnceMax = 2;

/**
 * Charges accounts in groups, each one transaction: one commit for all of them, and one lock of an account however many
 * charge it.
 */
export class Charges {
  readonly #pool: Pool;
  readonly #faults: FaultPoints<FaultPoint>;
  /** Of this process: two in one group would not meet at a lock. */
  readonly #inFlight = new Set<string>();
  readonly #groups: Groups<'charges', GroupedCharge, Charged>;

  constructor(pool: Pool, faults: FaultPoints<FaultPoint> = noFaults) {
    this.#pool = pool;
    this.#faults = faults;
    this.#groups = new Groups({ groupMax, atOnceMax: groupsAtOnceMax, run: (_, group) => this.#charge(group) });
  }

  /**
   * Charges a member of a partner from a source, once a request id. What an operator does with it is written with it.
   *
   * @throws ServiceError MEMBER_UNKNOWN, BALANCE_LIMIT, REQUEST_ID_REUSED; REQUEST_IN_FLIGHT while a call with the same
   * request id is under way, here or in another process; BUSY when too many wait; what the database throws.
   */
  async charge(partner: string, request: ChargeRequest, source: bigint, action?: OperatorAction): Promise<Charged> {
    const { requestId, memberId, amount } = request;
    const charge = { partner, memberId, amount, source, action };
    if (requestId === '') return this.#groups.add('charges', { ...charge, request: undefined });
    const identified = { requestId, fingerprint: fingerprint(operation, ChargeRequestSchema, request) };
    const key = requestKey({ partner, memberId, requestId });
    if (this.#inFlight.has(key)) throw inFlight(requestId);
    this.#inFlight.add(key);
    try {
      return await this.#groups.add('charges', { ...charge, request: identified });
    } finally {
      this.#inFlight.delete(key);
    }
  }

  async #charge(group: readonly Grouped<GroupedCharge, Charged>[]): Promise<void> {
    let outcomes: readonly ChargeOutcome[];
    try {
      outcomes = await this.#write(group.map(({ item }) => item));
    } catch (error) {
      // What keeps one of them from being stored is that one's alone; a database that is away is everybody's.
      if (group.length === 1 || databaseFailure(error) !== undefined) throw error;
      for (const one of group) await this.#charge([one]).catch((fault: unknown) => one.reject(fault));
      return;
    }
    await this.#faults.reach('charge/committed');
    group.forEach(({ resolve, reject }, index) => {
      const outcome = outcomes[index];
      if (outcome && 'response' in outcome) resolve(outcome);
      else reject(outcome?.refusal);
    });
  }

  #write(charges: readonly GroupedCharge[]): Promise<ChargeOutcome[]> {
    return transactionOfRequests(this.#pool, operation, identified(charges), async (client, underWay) => {
      const outcomes = await chargeGroup(client, charges, underWay);
      await this.#faults.reach('charge/written');
      return outcomes;
    });
  }
}
