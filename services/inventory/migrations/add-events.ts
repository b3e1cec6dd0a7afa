import { Migration } from '@boxoffice/runtime/database/migrate';
import { eventTables } from '@boxoffice/runtime/events/tables';

/** The outbox and the log of events. */
export class AddEvents extends Migration {
  override up(): void {
    this.addSql(eventTables);
  }
}
