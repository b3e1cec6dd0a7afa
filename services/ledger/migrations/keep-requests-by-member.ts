import { Migration } from '@boxoffice/runtime/database/migrate';
import { requestsByMember } from '@boxoffice/runtime/database/requests';

/** A request id is a member's own, one for each operation; so is the id that a payment was begun with. */
export class KeepRequestsByMember extends Migration {
  override up(): void {
    this.addSql(requestsByMember);
    this.addSql(`
      alter table payments
        drop constraint payments_partner_request_id_key,
        add constraint payments_begun_once unique (partner, member_id, request_id);
    `);
  }
}
