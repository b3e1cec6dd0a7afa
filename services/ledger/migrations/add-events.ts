import { Migration } from '@boxoffice/runtime/database/migrate';
import { eventTables } from '@boxoffice/runtime/events/tables';

/**
 * The outbox and the log of events. What was called `outbox` before are the messages that end tickets at the Queue: they have
 * a receiver, and are tried until it has taken them. They become `ticket_messages`, with all that is named after the table.
 * A Ledger of before does not find them any more: none may run beside this one.
 */
export class AddEvents extends Migration {
  override up(): void {
    this.addSql(renameMessages);
    this.addSql(eventTables);
  }
}

const renameMessages = `
  alter table outbox rename to ticket_messages;
  alter sequence outbox_id_seq rename to ticket_messages_id_seq;
  alter index outbox_pkey rename to ticket_messages_pkey;
  alter index outbox_due rename to ticket_messages_due;
  alter table ticket_messages rename constraint outbox_type_subject_key to ticket_messages_type_subject_key;
  alter table ticket_messages rename constraint outbox_type_check to ticket_messages_type_check;
  alter table ticket_messages rename constraint outbox_subject_check to ticket_messages_subject_check;
  alter table ticket_messages rename constraint outbox_attempts_check to ticket_messages_attempts_check;
`;
