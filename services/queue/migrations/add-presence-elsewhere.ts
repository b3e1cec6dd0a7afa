import { Migration } from '@boxoffice/runtime/database/migrate';

/**
 * Where a reporter has stored whom it has seen, when that was not the table `presence`: `elsewhere` names that store and its
 * generation, `elsewhere_at` is the last time; `elsewhere_before_at` is the last time that it was another one.
 */
export class AddPresenceElsewhere extends Migration {
  override up(): void {
    this.addSql(`
      alter table reporters
        add column elsewhere text,
        add column elsewhere_at timestamptz,
        add column elsewhere_before_at timestamptz,
        add constraint reporters_elsewhere check ((elsewhere is null) = (elsewhere_at is null));
    `);
  }
}
