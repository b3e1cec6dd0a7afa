import type { ServiceImpl } from '@connectrpc/connect';
import type { LedgerAdminService, LedgerService } from '@boxoffice/proto/ledger';

import type { Deps } from './deps.ts';
import { charge } from './rpc/charge.ts';
import { chargeGroup } from './rpc/charge-group.ts';
import { getBalance } from './rpc/get-balance.ts';
import { getPayment } from './rpc/get-payment.ts';
import { getSales } from './rpc/get-sales.ts';
import { listActions } from './rpc/list-actions.ts';
import { listEntries } from './rpc/list-entries.ts';
import { openAccount } from './rpc/open-account.ts';
import { pay } from './rpc/pay.ts';
import { refund } from './rpc/refund.ts';
import { relayOutbox } from './rpc/relay-outbox.ts';
import { resumePayments } from './rpc/resume-payments.ts';
import { watchEvents } from './rpc/watch-events.ts';

/** For members, and for the worker. */
export const ledgerService = (deps: Deps): ServiceImpl<typeof LedgerService> => ({
  openAccount: openAccount(deps),
  getBalance: getBalance(deps),
  charge: charge(deps),
  chargeGroup: chargeGroup(deps),
  pay: pay(deps),
  getPayment: getPayment(deps),
  listEntries: listEntries(deps),
  refund: refund(deps),
  watchEvents: watchEvents(deps),
  resumePayments: resumePayments(deps),
  relayOutbox: relayOutbox(deps),
});

/** For operators. */
export const ledgerAdminService = (deps: Deps): ServiceImpl<typeof LedgerAdminService> => ({
  getSales: getSales(deps),
  listActions: listActions(deps),
});
