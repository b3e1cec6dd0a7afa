import { Migration } from '@boxoffice/runtime/database/migrate';

/** For the questions that are asked of the whole schema, and have to stay quick when it has ten million reservations. */
export class AddReadIndexes extends Migration {
  override up(): void {
    this.addSql(pendingOfMember);
    this.addSql(schedulesOfDay);
  }
}

// A member may have a hundred thousand reservations that are over, and holds a few.
const pendingOfMember = `
  create index reservations_pending_of_member on reservations (partner, member_id, id desc) where status = 'PENDING';
`;

const schedulesOfDay = `
  create index schedules_of_day on schedules (day, id);
`;
