import { statement } from '@boxoffice/runtime/database/statement';

/** Forgets the stored answer of a request that was undone, so that its id can be used again. Index: primary key. */
export const forgetRequest = statement<[partner: string, memberId: string, operation: string, requestId: string]>(
  'forget-request',
  `delete from requests where partner = $1 and member_id = $2 and operation = $3 and request_id = $4::uuid`,
);
