import { create } from '@bufbuild/protobuf';
import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import type { ServiceImpl } from '@connectrpc/connect';
import type { InferEntity } from '@mikro-orm/core';
import { EntrySchema, TransferKind, type Entry as EntryMessage, type LedgerService } from '@boxoffice/proto/ledger';
import { decodePageToken, encodePageToken } from '@boxoffice/runtime/database/page-token';
import { refuse } from '@boxoffice/runtime/error';
import { identityOf } from '@boxoffice/runtime/identity';

import type { Deps } from '../deps.ts';
import { Entry } from '../entities.ts';
import { findMemberAccount } from '../sql/find-account.ts';

const pageSizeDefault = 20;

/** Lists the movements on a member's account, newest first: by `entries_of_account`, from where the last page ended. */
export const listEntries =
  (deps: Deps): ServiceImpl<typeof LedgerService>['listEntries'] =>
  async ({ memberId, pageSize, pageToken }, context) => {
    const { partner } = identityOf(context);
    const account = await findMemberAccount.maybe(deps.pool, [partner, memberId]);
    if (account === undefined) throw refuse('MEMBER_UNKNOWN', `member ${memberId} has no account`);
    const scope = `entries of ${account.id}`;
    const before = decodePageToken(pageToken, { id: 'bigint' }, scope);
    const limit = pageSize || pageSizeDefault;
    const found = await deps.orm.fork().find(
      Entry,
      { accountId: account.id, ...(before && { id: { $lt: before.id } }) },
      // One more than the page, to know whether there is another.
      { populate: ['transfer.payment'], strategy: 'joined', orderBy: { id: 'desc' }, limit: limit + 1 },
    );
    const page = found.slice(0, limit);
    const last = page.at(-1);
    return {
      entries: page.map(entryOf),
      nextPageToken: found.length > limit && last ? encodePageToken({ id: last.id }, scope) : '',
    };
  };

function entryOf({ id, transfer, amount, balanceAfter, createdAt }: InferEntity<typeof Entry>): EntryMessage {
  const { payment } = transfer;
  return create(EntrySchema, {
    id,
    transferId: transfer.id,
    kind: TransferKind[transfer.kind],
    amount,
    balanceAfter: balanceAfter ?? 0n,
    createdAt: timestampFromDate(createdAt),
    ...(payment && { paymentId: payment.id, reservationId: payment.reservationId }),
  });
}
