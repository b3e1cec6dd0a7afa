import type { Meter } from '@opentelemetry/api';
import type { Pool } from '@boxoffice/runtime/database/pool';
import type { EventCounting } from '@boxoffice/runtime/events/count-events';
import type { Logger } from '@boxoffice/runtime/log';
import { quickHistogram } from '@boxoffice/runtime/telemetry/quick-histogram';
import { measureSampled } from '@boxoffice/runtime/telemetry/sampled';

import { countMoney, readPaymentTimes } from './sql/count-events.ts';
import { measureMessages, measurePayments } from './sql/measure-backlog.ts';

/** What is under way, or undelivered, that is counted at most: more is a fault whatever the number. */
const countedMax = 10_000;
/** In seconds: from a payment that waits for nobody to one that is taken over, some times. */
const paymentBoundaries = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 15, 30, 60];
const statuses = ['PAID', 'DECLINED', 'VOIDED', 'REFUNDED'] as const;

/** Counts what happens to money, by its events. */
export function moneyCounting(meter: Meter): EventCounting {
  const payments = meter.createCounter('boxoffice_ledger_payments', { description: 'Payments by what became of them' });
  const paid = meter.createCounter('boxoffice_ledger_paid_won', { description: 'What was paid' });
  const charged = meter.createCounter('boxoffice_ledger_charged_won', {
    description: 'What members were charged with',
  });
  const durations = quickHistogram(meter, {
    name: 'boxoffice_ledger_payment_duration_seconds',
    description: 'From the beginning of a payment to when it was settled',
    boundaries: paymentBoundaries,
  }).series({});
  statuses.forEach((status) => payments.add(0, { status }));
  paid.add(0);
  charged.add(0);
  return {
    async read(client, after, through) {
      const counted = await countMoney.rows(client, [after, through]);
      const isSettled = counted.some(({ what }) => what === 'payment.paid' || what === 'payment.voided');
      const times = isSettled ? await readPaymentTimes.rows(client, [after, through]) : [];
      return () => {
        for (const { what, count, amount } of counted) {
          const status = statuses.find((one) => what === `payment.${one.toLowerCase()}`);
          if (status !== undefined) payments.add(count, { status });
          if (status === 'PAID') paid.add(amount);
          if (what === 'account.charged') charged.add(amount);
        }
        times.forEach(({ seconds }) => durations.record(seconds));
      };
    },
  };
}

/** Measures what is under way, by looking. */
export function measureUnderWay(meter: Meter, pool: Pool, log: Logger): void {
  measureSampled(meter, {
    gauges: {
      boxoffice_ledger_payments_unfinished: 'Payments and refunds under way',
      boxoffice_ledger_oldest_unfinished_payment_seconds: 'How long the oldest of them has been',
      boxoffice_ledger_messages_pending: 'Ends of tickets that the Queue has not been told',
      boxoffice_ledger_oldest_message_seconds: 'How long the oldest of them has waited',
    },
    async look() {
      const payments = await measurePayments.one(pool, [countedMax]);
      const messages = await measureMessages.one(pool, [countedMax]);
      return [
        { gauge: 'boxoffice_ledger_payments_unfinished', value: Number(payments.pending) },
        { gauge: 'boxoffice_ledger_oldest_unfinished_payment_seconds', value: payments.oldest_seconds },
        { gauge: 'boxoffice_ledger_messages_pending', value: Number(messages.pending) },
        { gauge: 'boxoffice_ledger_oldest_message_seconds', value: messages.oldest_seconds },
      ];
    },
    log,
  });
}
