import { create } from '@bufbuild/protobuf';
import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import type { ServiceImpl } from '@connectrpc/connect';
import { EntrySchema, TransferKind, type Entry, type LedgerService } from '@boxoffice/proto/ledger';
import { decodePageToken, encodePageToken } from '@boxoffice/runtime/database/page-token';
import { refuse } from '@boxoffice/runtime/error';
import { identityOf } from '@boxoffice/runtime/identity';

import type { Deps } from '../deps.ts';
import { findMemberAccount } from '../sql/find-account.ts';
import { listEntries as list, type EntryRow } from '../sql/list-entries.ts';

const pageSizeDefault = 20;
/** Before every id. */
const newest = 2n ** 63n - 1n;

/** Lists the movements on a member's account, newest first. */
export const listEntries =
  (deps: Deps): ServiceImpl<typeof LedgerService>['listEntries'] =>
  async ({ memberId, pageSize, pageToken }, context) => {
    const { partner } = identityOf(context);
    const account = await findMemberAccount.maybe(deps.pool, [partner, memberId]);
    if (account === undefined) throw refuse('MEMBER_UNKNOWN', `member ${memberId} has no account`);
    const scope = `entries of ${account.id}`;
    const before = decodePageToken(pageToken, { id: 'bigint' }, scope)?.id ?? newest;
    const size = pageSize || pageSizeDefault;
    // One more than the page, to know whether there is another.
    const found = await list.rows(deps.pool, [account.id, before, size + 1]);
    const page = found.slice(0, size);
    const last = page.at(-1);
    return {
      entries: page.map(entryMessage),
      nextPageToken: found.length > size && last ? encodePageToken({ id: last.id }, scope) : '',
    };
  };

function entryMessage(row: EntryRow): Entry {
  return create(EntrySchema, {
    id: row.id,
    transferId: row.transfer_id,
    kind: TransferKind[row.kind],
    amount: row.amount,
    balanceAfter: row.balance_after ?? 0n,
    createdAt: timestampFromDate(row.created_at),
    ...(row.payment_id !== null && { paymentId: row.payment_id }),
    ...(row.reservation_id !== null && { reservationId: row.reservation_id }),
  });
}
