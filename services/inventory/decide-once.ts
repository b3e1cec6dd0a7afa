import { timestampFromDate, type Timestamp } from '@bufbuild/protobuf/wkt';
import { refuse } from '@boxoffice/runtime/error';
import { transaction, type PoolClient } from '@boxoffice/runtime/database/transaction';

import type { ConfirmRejection, RevokeRejection } from './decision.ts';
import type { Deps } from './deps.ts';
import { lockForChange, type Locked } from './reservation-change.ts';
import { findDecision, type DecisionKind, type DecisionRow } from './sql/find-decision.ts';
import { storeDecision } from './sql/store-decision.ts';

type Rejection = ConfirmRejection | RevokeRejection;

/** What is to be decided. */
export interface Question {
  readonly kind: DecisionKind;
  /** The payment or the refund that asks. */
  readonly subjectId: bigint;
  readonly partner: string;
  readonly reservationId: bigint;
  /** Why not, or nothing. */
  readonly reject: (client: PoolClient, locked: Locked) => Promise<Rejection | undefined> | Rejection | undefined;
  /** Does what was decided on. */
  readonly act: (client: PoolClient, locked: Locked) => Promise<void>;
}

/** The decision; without a reason of rejection it was done. */
export interface Decision {
  readonly rejectionReason: string;
  readonly decidedAt: Timestamp;
}

/**
 * Decides a payment or a refund once and for all: what was decided first, a rejection too, is stored with what it did, and is
 * the answer from then on.
 *
 * @throws ServiceError REQUEST_ID_REUSED when the payment or refund was decided on for another reservation.
 */
export async function decideOnce({ pool, feeds, faults }: Deps, question: Question): Promise<Decision> {
  const { kind, subjectId } = question;
  const known = await findDecision.maybe(pool, [kind, subjectId]);
  if (known) return answer(known, question);
  const { decision, scheduleId } = await transaction(pool, async (client) => {
    const decided = await decide(client, question);
    await faults.reach('decision/written');
    return decided;
  });
  await faults.reach('decision/committed');
  if (scheduleId !== undefined) feeds.changed(scheduleId);
  return answer(decision, question);
}

/**
 * The decision is stored before it is acted on: of two calls for one payment the second waits there for the first, whatever
 * reservations they name, and then finds it.
 */
async function decide(
  client: PoolClient,
  question: Question,
): Promise<{ decision: DecisionRow; scheduleId: bigint | undefined }> {
  const { kind, subjectId, partner, reservationId } = question;
  const locked = await lockForChange(client, reservationId);
  const scheduleId = locked.reservation?.schedule_id;
  const earlier = await findDecision.maybe(client, [kind, subjectId]);
  if (earlier) return { decision: earlier, scheduleId };
  const reason = (await question.reject(client, locked)) ?? null;
  const stored = await storeDecision.run(client, [kind, subjectId, partner, reservationId, reason, locked.decidedAt]);
  if (stored === 1 && reason === null) await question.act(client, locked);
  return { decision: await findDecision.one(client, [kind, subjectId]), scheduleId };
}

function answer(row: DecisionRow, { partner, reservationId, subjectId }: Question): Decision {
  if (row.partner !== partner || row.reservation_id !== reservationId) {
    throw refuse('REQUEST_ID_REUSED', `${subjectId} was decided on for another reservation`);
  }
  return { rejectionReason: row.rejection_reason ?? '', decidedAt: timestampFromDate(row.decided_at) };
}
