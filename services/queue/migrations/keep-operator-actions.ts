import { actionsTable } from '@boxoffice/runtime/database/actions';
import { Migration } from '@boxoffice/runtime/database/migrate';

/** What operators did with queues. */
export class KeepOperatorActions extends Migration {
  override up(): void {
    this.addSql(actionsTable);
  }
}
