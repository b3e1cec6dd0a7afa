import { Migration } from '@boxoffice/runtime/database/migrate';
import { requestsByMember } from '@boxoffice/runtime/database/requests';

/** A request id is a member's own, one for each operation. */
export class KeepRequestsByMember extends Migration {
  override up(): void {
    this.addSql(requestsByMember);
  }
}
