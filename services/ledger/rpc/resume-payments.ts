import type { ServiceImpl } from '@connectrpc/connect';
import type { LedgerService } from '@boxoffice/proto/ledger';

import { settledInTime } from '../answer.ts';
import type { Deps } from '../deps.ts';
import { drive } from '../driver.ts';
import { awaited } from '../payment.ts';
import { claimPayments } from '../sql/claim-payments.ts';

const limitDefault = 20;

/** Takes over what was left standing, and drives all of it at once: their leases run at the same time. */
export const resumePayments =
  (deps: Deps): ServiceImpl<typeof LedgerService>['resumePayments'] =>
  async (request, context) => {
    const { leaseMs, answerMarginMs } = deps.limits;
    const claimed = await claimPayments.rows(deps.pool, [request.limit || limitDefault, leaseMs / 1_000]);
    if (claimed.length > 0) await deps.faults.reach('resume/taken-over');
    const drives = claimed.map((payment) => {
      deps.log.info({ payment: payment.id, status: payment.status, attempt: payment.attempt }, 'payment taken over');
      return settledInTime(drive(deps, payment), context, answerMarginMs);
    });
    const settled = await Promise.all(drives);
    return { resumed: claimed.length, finished: settled.filter(({ status }) => awaited(status) === undefined).length };
  };
