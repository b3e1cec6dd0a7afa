import { Migration } from '@boxoffice/runtime/database/migrate';

/** How far the caches have been told of the changes of the catalogue; locked by whoever tells them. */
export class AddCatalogRelay extends Migration {
  override up(): void {
    this.addSql(`
      create table catalog_relay (
        only_one boolean primary key default true check (only_one),
        told_through bigint not null check (told_through >= 0)
      )
      with (fillfactor = 50);
      insert into catalog_relay (told_through) select position from event_head;
    `);
  }
}
