import type { Meter } from '@opentelemetry/api';

import type { PaymentRow } from './payment-row.ts';

/** In seconds: from a payment that nothing holds up to one that was taken over again and again. */
const durationBoundaries = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 15, 30, 60, 300];

/** What a Ledger counts of money: each payment once in each state it ends in, when that is committed, by who commits it. */
export interface MoneyMetrics {
  /** A payment was declined, paid or voided. */
  settled(payment: PaymentRow): void;
  /** A refund has given money back. */
  refunded(payment: PaymentRow): void;
  /** Charges have added so much, in won. */
  charged(amount: bigint): void;
}

/** Makes what a Ledger counts with; nothing where nobody looks. */
export function moneyMetrics(meter: Meter | undefined): MoneyMetrics | undefined {
  if (meter === undefined) return undefined;
  const payments = meter.createCounter('boxoffice_ledger_payments', { description: 'Payments by how they have ended' });
  for (const status of ['PAID', 'DECLINED', 'VOIDED', 'REFUNDED']) payments.add(0, { status });
  const paid = meter.createCounter('boxoffice_ledger_paid_won', { description: 'What payments have moved' });
  const charged = meter.createCounter('boxoffice_ledger_charged_won', { description: 'What charges have added' });
  for (const counter of [paid, charged]) counter.add(0);
  const durations = meter.createHistogram('boxoffice_ledger_payment_duration_seconds', {
    description: 'From the money set aside to the payment paid or voided',
    advice: { explicitBucketBoundaries: durationBoundaries },
  });
  return {
    settled({ status, amount, created_at, updated_at }) {
      payments.add(1, { status });
      if (status === 'PAID') paid.add(Number(amount));
      if (status !== 'DECLINED') durations.record((updated_at.getTime() - created_at.getTime()) / 1_000);
    },
    refunded({ status }) {
      // A part of it: the rest is paid still.
      if (status === 'REFUNDED') payments.add(1, { status });
    },
    charged: (amount) => charged.add(Number(amount)),
  };
}
