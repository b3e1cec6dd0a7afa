import { create } from '@bufbuild/protobuf';
import { ChargeResponseSchema, type ChargeResponse } from '@boxoffice/proto/ledger';
import { writeActions, type OperatorAction } from '@boxoffice/runtime/database/actions';
import { findOutcomes, requestKey, storeOutcomes } from '@boxoffice/runtime/database/request-group';
import { answered, inFlight, refused, replayed, type StoredOutcome } from '@boxoffice/runtime/database/request-outcome';
import type { PoolClient } from '@boxoffice/runtime/database/transaction';
import { refuse, type ServiceError } from '@boxoffice/runtime/error';

import { balanceMax, balanceOf } from './account.ts';
import { decideCharges, memberKey, type ChargeDecision, type ChargeOrder } from './charge.ts';
import { lockAccounts, type LockedAccount } from './sql/lock-accounts.ts';
import { postCharges } from './sql/post-charges.ts';

/** The operation that request ids of charges belong to. */
export const operation = 'Charge';

/** A charge among others. */
export interface GroupedCharge extends ChargeOrder {
  /** The account that the money comes from. */
  readonly source: bigint;
  /** Where an operator charges: what is to be written of it. */
  readonly action: OperatorAction | undefined;
  /** Undefined where nobody wants to try again. */
  readonly request: { readonly requestId: string; readonly fingerprint: Buffer } | undefined;
}

/** What came of a charge: the answer, which an earlier call may have been given, or the refusal. */
export type ChargeOutcome =
  { readonly response: ChargeResponse; readonly replayed: boolean } | { readonly refusal: unknown };

/**
 * Makes all charges of a group in a transaction that has the locks of their requests: locks accounts, decides, writes. Four
 * statements at most, however many charges, and one more where an operator is among those who charge.
 *
 * Lock order: requests (never waiting), accounts in ascending order of ids.
 *
 * @param underWay requests that another transaction is at, by their `requestKey`
 * @returns an outcome for each.
 */
export async function chargeGroup(
  client: PoolClient,
  charges: readonly GroupedCharge[],
  underWay: ReadonlySet<string>,
): Promise<ChargeOutcome[]> {
  const stored = await findOutcomes(client, operation, identified(charges));
  const outcomes = new Map<GroupedCharge, ChargeOutcome>();
  for (const charge of charges) {
    const { request } = charge;
    const key = request && requestKey({ ...charge, ...request });
    const earlier = key === undefined ? undefined : stored.get(key);
    if (request && earlier) outcomes.set(charge, replay(earlier, request));
    else if (request && key !== undefined && underWay.has(key)) {
      outcomes.set(charge, { refusal: inFlight(request.requestId) });
    }
  }
  const fresh = charges.filter((charge) => !outcomes.has(charge));
  const settled = fresh.length === 0 ? [] : await write(client, decideCharges(fresh, await lock(client, fresh)));
  for (const { order, outcome } of settled) outcomes.set(order, outcome);
  return charges.map((charge) => {
    const outcome = outcomes.get(charge);
    if (outcome === undefined) throw new Error('a charge without an outcome');
    return outcome;
  });
}

/** The charges that may come again. */
export function identified<C extends GroupedCharge>(charges: readonly C[]) {
  return charges.flatMap((charge) => (charge.request ? [{ ...charge, ...charge.request }] : []));
}

async function lock(client: PoolClient, charges: readonly GroupedCharge[]): Promise<Map<string, LockedAccount>> {
  const members = [...new Map(charges.map((charge) => [memberKey(charge), charge])).values()];
  const rows = await lockAccounts.rows(client, [
    members.map(({ partner }) => partner),
    members.map(({ memberId }) => memberId),
  ]);
  return new Map(rows.map((row) => [memberKey({ partner: row.partner, memberId: row.member_id }), row]));
}

function replay(
  earlier: StoredOutcome,
  { requestId, fingerprint }: NonNullable<GroupedCharge['request']>,
): ChargeOutcome {
  try {
    const response = replayed(earlier, fingerprint, { requestId, responseSchema: ChargeResponseSchema });
    return { response, replayed: true };
  } catch (refusal) {
    return { refusal };
  }
}

interface Decided {
  readonly order: GroupedCharge;
  readonly decision: ChargeDecision;
}

interface Settled {
  readonly order: GroupedCharge;
  readonly outcome: ChargeOutcome;
}

/** Writes what was decided, and what it is answered with. */
async function write(client: PoolClient, decided: readonly Decided[]): Promise<Settled[]> {
  const transfers = (await post(client, decided)).values();
  const settled = decided.map(({ order, decision }): Settled => {
    if ('refusal' in decision) return { order, outcome: { refusal: refusalOf(decision.refusal, order) } };
    return { order, outcome: { response: charged(decision, transfers.next().value), replayed: false } };
  });
  const toStore = settled.flatMap(({ order, outcome }) => {
    const stored = 'response' in outcome ? answered(ChargeResponseSchema, outcome.response) : refused(outcome.refusal);
    return stored === undefined ? [] : identified([{ ...order, outcome: stored }]);
  });
  const done = settled.filter(({ outcome }) => 'response' in outcome);
  await writeActions(
    client,
    done.flatMap(({ order }) => order.action ?? []),
  );
  await storeOutcomes(client, operation, toStore);
  return settled;
}

/** @returns the transfers of those that are not refused. */
async function post(client: PoolClient, decided: readonly Decided[]): Promise<bigint[]> {
  const made = decided.flatMap(({ order, decision }) => ('account' in decision ? [{ ...order, ...decision }] : []));
  if (made.length === 0) return [];
  const changed = new Map(made.map(({ account, balance }) => [account.id, balance]));
  const rows = await postCharges.rows(client, [
    made.map(({ source }) => source),
    made.map(({ account }) => account.id),
    made.map(({ amount }) => amount),
    made.map(({ balance }) => balance),
    [...changed.keys()],
    [...changed.values()],
    made.map(({ partner }) => partner),
    made.map(({ memberId }) => memberId),
  ]);
  return rows.map(({ transfer_id }) => transfer_id);
}

function charged(
  { account, balance }: Extract<ChargeDecision, { account: unknown }>,
  transferId: bigint | undefined,
): ChargeResponse {
  if (transferId === undefined) throw new Error('a charge was posted without a transfer');
  return create(ChargeResponseSchema, { balance: balanceOf({ ...account, posted: balance }), transferId });
}

function refusalOf(refusal: 'MEMBER_UNKNOWN' | 'BALANCE_LIMIT', { memberId }: ChargeOrder): ServiceError {
  switch (refusal) {
    case 'MEMBER_UNKNOWN':
      return refuse('MEMBER_UNKNOWN', `member ${memberId} has no account`);
    case 'BALANCE_LIMIT':
      return refuse('BALANCE_LIMIT', `a balance is at most ${balanceMax}`, {
        metadata: { balanceMax: String(balanceMax) },
      });
  }
}
