import type { Meter } from '@opentelemetry/api';
import type { Pool } from '@boxoffice/runtime/database/pool';
import { sampledGauges } from '@boxoffice/runtime/telemetry/sampled';

import { measureMessages, measurePayments } from './sql/measure-backlog.ts';

/** Further ones are not counted. */
const lookedAtMax = 10_000;

/** Measures what is still to be done, when somebody scrapes. All Ledgers tell the same: they share the tables. */
export function measureLedger(meter: Meter, pool: Pool): void {
  const payments = sampledGauges(meter, () => measurePayments.one(pool, [lookedAtMax]));
  payments('boxoffice_ledger_payments_unfinished', 'Payments and refunds under way', (result, { pending }) =>
    result.observe(Number(pending)),
  );
  payments(
    'boxoffice_ledger_oldest_unfinished_payment_seconds',
    'How long the oldest of them has been under way',
    (result, { oldest_seconds }) => result.observe(oldest_seconds),
  );
  const messages = sampledGauges(meter, () => measureMessages.one(pool, [lookedAtMax]));
  messages('boxoffice_ledger_messages_pending', 'Tickets that the Queue has still to end', (result, { pending }) =>
    result.observe(Number(pending)),
  );
  messages(
    'boxoffice_ledger_oldest_message_seconds',
    'How long the oldest of them has been waiting',
    (result, { oldest_seconds }) => result.observe(oldest_seconds),
  );
}
