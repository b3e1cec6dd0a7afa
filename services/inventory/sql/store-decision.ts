import { statement } from '@boxoffice/runtime/database/statement';

import type { DecisionKind } from './find-decision.ts';

/**
 * Stores a decision; does nothing when there is one on this payment or refund, and waits for one that is about to be
 * committed. Gives how many were stored. Parameters: kind, payment or refund, partner, reservation, reason of rejection or
 * null, when it was decided. Index: primary key.
 */
export const storeDecision = statement<[DecisionKind, bigint, string, bigint, string | null, string]>(
  'store-decision',
  `insert into decisions (kind, subject_id, partner, reservation_id, rejection_reason, decided_at)
  values ($1, $2, $3, $4, $5, $6)
  on conflict (kind, subject_id) do nothing`,
);
