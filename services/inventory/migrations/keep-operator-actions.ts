import { actionsTable } from '@boxoffice/runtime/database/actions';
import { Migration } from '@boxoffice/runtime/database/migrate';

/** What operators did to the catalogue. */
export class KeepOperatorActions extends Migration {
  override up(): void {
    this.addSql(actionsTable);
  }
}
