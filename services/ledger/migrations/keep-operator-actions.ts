import { actionsTable } from '@boxoffice/runtime/database/actions';
import { Migration } from '@boxoffice/runtime/database/migrate';

/** What operators did to accounts and payments, and the payments of a date by state. */
export class KeepOperatorActions extends Migration {
  override up(): void {
    this.addSql(actionsTable);
    this.addSql(paymentsOfSchedule);
  }
}

// Status too, so that they are counted by the index alone.
const paymentsOfSchedule = `
  create index payments_of_schedule on payments (schedule_id, status);
`;
