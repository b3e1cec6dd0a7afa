import { statement } from '@boxoffice/runtime/database/statement';

/** What a decision is about: the confirmation of a payment, or the revocation by a refund. */
export type DecisionKind = 'CONFIRM' | 'REVOKE';

/** A stored decision. */
export interface DecisionRow {
  readonly partner: string;
  readonly reservation_id: bigint;
  /** Null: done. */
  readonly rejection_reason: string | null;
  readonly decided_at: Date;
}

/** Finds the decision on a payment or a refund. Parameters: kind, id of the payment or refund. Index: primary key. */
export const findDecision = statement<[DecisionKind, bigint], DecisionRow>(
  'find-decision',
  `select partner, reservation_id, rejection_reason, decided_at from decisions where kind = $1 and subject_id = $2`,
);
